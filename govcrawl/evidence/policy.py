"""Rules of retention: how long evidence is kept after a problem is closed, and who may look at sealed copies. A YAML file in the workspace.

sealed: {readers: {检查组长: ["王明"], 保密员: ["李芳"]}, keep_days: 30}
snapshots: {keep_days: 365}
shots: {keep_days: 365}
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from govcrawl.errors import UsageError, cause
from govcrawl.rulebook.models import Strict, Text

FILE = "evidence.yml"


class Sealed(Strict):
    readers: list[Text] | dict[Text, list[Text]] = Field(default_factory=dict)
    """Who may look: role → names, or names alone. Whoever is not named may not; without a file nobody is."""
    keep_days: Annotated[int, Field(ge=0)] = 30

    def roles_of(self, who: str) -> list[str]:
        """Roles in which somebody may look, `""` where he is named without one; empty where he may not."""
        if isinstance(self.readers, dict):
            return [role for role, names in self.readers.items() if who in names]
        return [""] if who in self.readers else []


class Kept(Strict):
    keep_days: Annotated[int, Field(ge=0)] = 365


class Policy(Strict):
    """Days are counted from the closing (销号) of the last problem that needs a thing."""

    sealed: Sealed = Field(default_factory=Sealed)
    snapshots: Kept = Field(default_factory=Kept)
    shots: Kept = Field(default_factory=Kept)

    def with_days(self, days: Mapping[str, int | None]) -> Policy:
        """The policy with other days for some of its parts."""
        given = {name: getattr(self, name).model_copy(update={"keep_days": n}) for name, n in days.items() if n is not None}
        return self.model_copy(update=given)


def read(workspace: Path, file: Path | None) -> Policy:
    """The policy of a file, of the workspace's `evidence.yml`, or the usual one where there is none.

    Raises:
        UsageError: the file cannot be read, or says something else.
    """
    path = file or workspace / FILE
    if file is None and not path.exists():
        return Policy()
    try:
        return Policy.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise UsageError(f"留存规定 {path} 不可读：{cause(error)}") from error
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"留存规定 {path} 有误：{str(error).splitlines()[-1].strip() or error}") from error
