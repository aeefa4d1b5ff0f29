"""The shapes in which generated code travels."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from blueprints import generation
from blueprints.catalog.rest.serializers import ReviewedOutput


class GeneratedFileOutput(serializers.Serializer[Any]):
    """One file of generated code."""

    path = serializers.CharField(help_text="Relative, with forward slashes.")
    content = serializers.CharField()
    sha256 = serializers.CharField(help_text="Of the content's UTF-8 bytes, in hexadecimal.")


class OverrideOutput(serializers.Serializer[Any]):
    """What a component says to the provider beyond its properties."""

    component = serializers.CharField(help_text="Its id.")
    resource = serializers.CharField(help_text="The resource type that it is said of.")
    arguments = serializers.ListField(
        child=serializers.CharField(), help_text="The arguments and blocks that are overridden."
    )


class CodeOutput(ReviewedOutput):
    """The code generated from one version, and the warnings about its document."""

    target = serializers.ChoiceField(choices=generation.targets())
    blueprint = serializers.UUIDField()
    version = serializers.IntegerField()
    content_hash = serializers.CharField(help_text="Of the document that it was made from.")
    overrides = OverrideOutput(many=True)
    files = GeneratedFileOutput(many=True)
