"""What was passed or stood in a file, item by item: a row, one of Graph's documents, or a page of either."""

from __future__ import annotations

from .cells import KNOWN, has_names_of_rows, is_of_columns
from .faults import Faults, Place
from .graph_documents import (
    ALL_PAGES,
    NO_APP,
    SAVE,
    Context,
    DocumentReader,
    has_names_of_documents,
    is_document,
    refusal_of_graph,
)
from .rows import RowReader
from .values import is_list, is_mapping, shown
from .wanted import Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appassign._core import Change

_LISTS = ("value", "mobileAppAssignments")


class Reading:
    """All that is read by one call, until changes are made of it.

    Args:
        app_id: The app of rows and documents that name none; of one app's documents alone, whatever they name.
        file: The path, if it is a file that is read.
        app_of_file: The app of documents that name none, as the file's name says it.
    """

    def __init__(self, app_id: str | None, file: str | None = None, app_of_file: str | None = None) -> None:
        self.faults = Faults(file)
        self._app_id = app_id
        self._app_of_file = app_of_file
        self._has_rows = False
        self._list_of = Context({})
        self._wanted = Wanted(self.faults)
        self._rows = RowReader(self._wanted, self.faults)
        self._documents = DocumentReader(self._wanted, self.faults)

    def header(self, names: list[str], place: Place) -> None:
        """The names of a file's columns, stripped."""
        self._rows.header(names, place)

    def row(self, cells: Mapping[str, object], place: Place, missing: Iterable[str] = ()) -> None:
        """A row, and the columns that it has no cells of, where that is a fault which was told."""
        self._has_rows = True
        self._rows.row(cells, place, self._app_id, missing)

    def items(self, items: Iterable[object], name: str) -> None:
        """Rows and documents, in a list of this name."""
        for number, item in enumerate(items, 1):
            if is_mapping(item):
                self._item(item, number, f"{name}[{number - 1}]")
            else:
                self.faults.add(Place(number, f"row {number}"), None, f"must be an object, not {shown(item)}")

    def page_or_item(self, document: Mapping[str, object]) -> None:
        """A page of Graph's, or a single item: what PowerShell makes of a list of one."""
        if "@odata.nextLink" in document:
            raise self.faults.refusal("one page of several, as its @odata.nextLink says", ALL_PAGES)
        if not has_names_of_rows(document) and "assignments" not in document:
            lists = {name: items for name in _LISTS if is_list(items := document.get(name))}
            if len(lists) > 1:
                what = f"has a list in {' and another in '.join(lists)}, and nothing says which of them counts"
                raise self.faults.refusal(what, "leave one of them out")
            for name, items in lists.items():
                self._page(Context(document), items, name)
                return
        if is_of_columns(document):
            raise self.faults.refusal("holds columns, and not rows", 'df.to_json(path, orient="records") writes rows')
        if KNOWN.isdisjoint(document) and not has_names_of_documents(document):
            raise self.faults.refusal(
                "holds no rows, and is none of Graph's documents", 'rows are a list, and so is "value" of a page'
            )
        self._item(document, 1, "")

    def list_of_file(self, items: list[object] | tuple[object, ...]) -> None:
        """All that a file holds; none are the assignments of the app that its name says, as in a page."""
        self.items(items, "")
        if not items and self._app_of_file is not None:
            self._clear(self._app_of_file, "")

    def changes(self) -> list[Change]:
        """What is wanted of each app.

        Raises:
            InvalidInputError: All that is wrong with what was read.
        """
        if self._app_id is not None and not self._has_rows:
            self._wanted.redirect(self._app_id)
        changes = self._wanted.changes()
        self.faults.raise_all()
        return changes

    def _page(self, context: Context, items: list[object] | tuple[object, ...], name: str) -> None:
        if context.other is not None:
            raise self.faults.refusal(f"@odata.context: {NO_APP.format(context.other)}", SAVE, "@odata.context")
        self._list_of = context
        self.items(items, name)
        app_id = context.app_id or self._app_id or self._app_of_file
        if not items and app_id is not None and not context.is_of_apps:
            self._clear(app_id, name)

    def _clear(self, app_id: str, name: str) -> None:
        self._wanted.take(app_id, "replace", [], Place(1, name, is_row=False), is_whole=True)

    def _item(self, item: Mapping[str, object], number: int, name: str) -> None:
        refused = refusal_of_graph(item)
        if refused is not None:
            place = Place(number, name, is_row=False)
            self.faults.add(place, None, f"is a refusal of Graph: {refused}", "ask again, and save the answer")
        elif is_document(item):
            place = Place(number, name, is_row=False)
            self._documents.document(item, place, self._app_id or self._app_of_file, self._list_of)
        else:
            self.row(item, Place(number, f"row {number}"))
