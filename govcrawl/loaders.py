"""Item loaders: each wires what a reader found to the functions of `text` and `extract`, field by field. No rule, no threshold.

The first value that survives its field's functions wins, so readers add their sources best first.
"""

from __future__ import annotations

from itemloaders import ItemLoader
from itemloaders.processors import Identity, MapCompose, TakeFirst

from govcrawl.extract.origin import clean_source
from govcrawl.extract.rows import filled
from govcrawl.model.items import Article, Interpretation, Leader, PolicyDocument
from govcrawl.text import dates, normalise

_line = MapCompose(normalise.squeeze, filled)
_day = MapCompose(dates.parse_day)
_as_is = Identity()


class RecordLoader(ItemLoader):  # type: ignore[misc]
    """One line of text a field unless a field says otherwise; blank values and what pages print in their stead are null."""

    default_input_processor = _line
    default_output_processor = TakeFirst()
    url_in = _as_is
    text_in = _as_is
    published_on_in = _day


class ArticleLoader(RecordLoader):
    default_item_class = Article
    source_in = MapCompose(clean_source)
    attachments_out = _as_is


class PolicyLoader(RecordLoader):
    default_item_class = PolicyDocument
    issued_on_in = _day
    interpretations_out = _as_is
    attachments_out = _as_is


class InterpretationLoader(RecordLoader):
    default_item_class = Interpretation
    documents_out = _as_is


class LeaderLoader(RecordLoader):
    default_item_class = Leader
    resume_in = MapCompose(filled)
