"""What kinds with a list of options share: ids, texts, and the check that each id stands once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field
from typing_extensions import override

from netcourse.assessment.exercise.item import ID, ID_RULE, Item, Row
from netcourse.assessment.keys.truth import Truth


class Option(Row):
    """One option."""

    id: ID = Field(description=ID_RULE)
    text: str = Field(
        min_length=1, max_length=300, description="1 to 300 characters, {placeholders} allowed"
    )


class TickedOption(Option):
    """An option to pick or tick; `because` is shown to whoever does."""

    because: str = Field(
        default="",
        max_length=600,
        description="a text of at most 600 characters, {placeholders} allowed",
    )


class OptionsItem(Item):
    """An item with options; `options_field` is what its page calls them, `one_option` what one of
    them is called.
    """

    options_field: ClassVar[str] = "options"
    one_option: ClassVar[str] = "option"

    @property
    def all_options(self) -> Sequence[Option]:
        """The options in the order of the page."""
        raise NotImplementedError

    def place(self, option: Option) -> str:
        """Return where an option stands in the page, for its author."""
        return f"{self.options_field} '{option.id}'"

    @override
    def texts(self) -> Iterator[tuple[str, str]]:
        yield from super().texts()
        for option in self.all_options:
            yield f"{self.place(option)}.text", option.text
            if isinstance(option, TickedOption):
                yield f"{self.place(option)}.because", option.because

    @override
    def problems(self, lesions: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        yield from super().problems(lesions)
        ids = [option.id for option in self.all_options]
        for twice in sorted({id for id in ids if ids.count(id) > 1}):
            yield (
                self.options_field,
                f"id '{twice}' stands twice; every {self.one_option} needs its own",
            )

    @override
    def control(self, truth: Truth) -> Mapping[str, Any]:
        return {
            "options": [
                {"id": option.id, "text": truth.fill(option.text)} for option in self.all_options
            ]
        }

    def because(self, picked: Sequence[str], truth: Truth) -> str:
        """Return what the author says to someone who picked these options."""
        told = [
            option
            for option in self.all_options
            if isinstance(option, TickedOption) and option.id in picked and option.because
        ]
        return " ".join(truth.fill(option.because) for option in told)

    def text_of(self, id: str, truth: Truth | None) -> str:
        """Return an option's text, its placeholders filled where there is a case."""
        text = next(option.text for option in self.all_options if option.id == id)
        return truth.fill(text) if truth else text

    def picked(self, value: Any) -> set[str]:
        """Return the ids of the options that an accepted answer picks."""
        return set(value) if isinstance(value, tuple) else {value}

    def known(self, value: object) -> str:
        """Return an option's id; ValueError for anything else."""
        ids = [option.id for option in self.all_options]
        if not isinstance(value, str) or value not in ids:
            raise ValueError(
                f"'{value}' is no {self.one_option} here; {self.one_option}s are {', '.join(ids)}"
            )
        return value

    def known_set(self, values: object) -> tuple[str, ...]:
        """Return option ids in the order of the page, each once; ValueError where one is
        unknown.
        """
        picked = {
            self.known(one)
            for one in (values if isinstance(values, list | tuple | set | frozenset) else [values])
        }
        return tuple(option.id for option in self.all_options if option.id in picked)
