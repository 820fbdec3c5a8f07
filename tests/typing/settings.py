# pyright: reportTypedDictNotRequiredAccess=false, reportUnnecessaryTypeIgnoreComment=error
"""How settings are written and read, as type checkers see it: they find an error wherever one is ignored."""

from typing import assert_type

from appassign.settings import (
    IosVppAppAssignmentSettings,
    MobileAppAssignmentSettings,
    Win32CatalogAppAssignmentSettings,
    Win32LobAppAssignmentSettings,
    Win32LobAppRestartSettings,
)

whole: Win32LobAppAssignmentSettings = {
    "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
    "notifications": "showReboot",
    "restartSettings": {"gracePeriodInMinutes": 60, "countdownDisplayBeforeRestartInMinutes": 15},
    "installTimeSettings": None,
}
one_of_them: MobileAppAssignmentSettings = whole

without_its_type: Win32LobAppAssignmentSettings = {  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
    "notifications": "showReboot",
}
of_another_type: Win32LobAppAssignmentSettings = {
    "@odata.type": "#microsoft.graph.winGetAppAssignmentSettings",  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
}
misspelled: IosVppAppAssignmentSettings = {
    "@odata.type": "#microsoft.graph.iosVppAppAssignmentSettings",
    "useDeviceLicencing": True,  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportAssignmentType]
}
null_where_none_may_be: IosVppAppAssignmentSettings = {
    "@odata.type": "#microsoft.graph.iosVppAppAssignmentSettings",
    "useDeviceLicensing": None,  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
}
of_one_of_them: MobileAppAssignmentSettings = Win32CatalogAppAssignmentSettings(
    {"@odata.type": "#microsoft.graph.win32CatalogAppAssignmentSettings", "notifications": "hideAll"}
)


def the_type_tells_which_one_it_is(value: MobileAppAssignmentSettings) -> None:
    if value["@odata.type"] == "#microsoft.graph.win32LobAppAssignmentSettings":
        assert_type(value, Win32LobAppAssignmentSettings)
        assert_type(value["restartSettings"], Win32LobAppRestartSettings | None)
