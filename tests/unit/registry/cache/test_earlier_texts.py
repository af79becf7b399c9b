"""Texts in Redis that a release without sets of files has written."""

import json
from dataclasses import replace

from functions.registry.cache.keys import VersionKey
from functions.registry.cache.serialization import from_text, to_text
from tests.support.sample_records import STORED_VERSION

KEY = VersionKey(STORED_VERSION.model_id, STORED_VERSION.version)


def test_a_checked_version_without_a_digest_is_read_from_the_table() -> None:
    values = {name: value for name, value in json.loads(to_text(STORED_VERSION)).items() if name != "digest"}
    assert from_text(KEY, json.dumps(values)) is None
    assert from_text(KEY, to_text(STORED_VERSION)) == STORED_VERSION


def test_a_version_that_is_not_checked_has_no_digest_to_lack() -> None:
    draft = replace(STORED_VERSION, artifact=None, digest="")
    assert from_text(KEY, to_text(draft)) == draft
