"""Takes the screenshots of docs/screenshots again; it needs Chromium."""

import pathlib
import sys
from typing import Any

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from chromium import THEMES, page, screenshot  # noqa: E402

from notebooks import executed  # noqa: E402

SCREENSHOTS = ROOT / "docs" / "screenshots"
MAX_HEIGHT = 900

# The cells that are shown, by their ids.
SHOWN = {
    "quickstart": ("see", "plan", "do", "change"),
    "plan_and_undo": ("planning", "plan", "limiting", "limit", "many", "plan-many"),
}


def part(notebook: Any, ids: tuple[str, ...]) -> Any:
    """A notebook of these cells alone."""
    shown = notebook.copy()
    shown.cells = [cell for cell in notebook.cells if cell.id in ids]
    return shown


def main() -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    for name, ids in SHOWN.items():
        notebook = part(executed(name, with_widgets=False), ids)
        for theme in THEMES:
            screenshot(page(notebook, theme), SCREENSHOTS / f"{name}-{theme}.png", MAX_HEIGHT)


if __name__ == "__main__":
    main()
