"""What is to happen with an app for a group."""

from enum import StrEnum


class InstallIntent(StrEnum):
    """The ``installIntent`` of a ``mobileAppGroupAssignment``, in Graph's documented order.

    A plain string with the same spelling is accepted wherever a member is.

    Source: the ``mobileAppGroupAssignment`` pages of the Graph beta documentation, 2016-12 to 2018-01. Today's
    ``installIntent`` has no ``notApplicable``.
    """

    AVAILABLE = "available"
    """Offered to the group."""
    NOT_APPLICABLE = "notApplicable"
    """In the 2017 enumeration; Graph never documented what it does."""
    REQUIRED = "required"
    """Installed without asking."""
    UNINSTALL = "uninstall"
    """Removed."""
    AVAILABLE_WITHOUT_ENROLLMENT = "availableWithoutEnrollment"
    """Offered to devices that are not enrolled, too."""
