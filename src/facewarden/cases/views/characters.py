"""Which characters a document has, so that fonts can be found for them."""

from __future__ import annotations

from facewarden.cases.document import Bullets, Cards, Document, Fact, Facts, Grid, Paragraph, Scale


def characters(document: Document) -> set[str]:
    """All but spaces."""
    found: set[str] = set()

    def add(*texts: str) -> None:
        for text in texts:
            found.update(text)

    def add_facts(facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            add(fact.label, fact.value or "")

    add(document.title, *document.foot)
    add_facts(document.facts)
    blocks = [*document.opening, *(block for section in document.sections for block in section.blocks)]
    add(*(section.title for section in document.sections))
    for block in blocks:
        if isinstance(block, Paragraph):
            add(block.text)
        elif isinstance(block, Facts):
            add_facts(block.facts)
        elif isinstance(block, Bullets):
            add(*block.items)
        elif isinstance(block, Scale):
            add(block.name)
        elif isinstance(block, Grid):
            add(*block.head, *(cell for row in block.rows for cell in row))
        elif isinstance(block, Cards):
            for card in block.cards:
                add(card.name, card.about)
                add_facts(card.facts)
    return {character for character in found if not character.isspace()}
