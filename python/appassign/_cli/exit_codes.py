"""What the command line exits with; 0 is done, or nothing to do."""

FAILED = 1
PENDING = 2  # with --exit-code: something would change
LIMITED = 3
USAGE = 64
INTERRUPTED = 130
UNREAD = 141  # whoever read the output went away
