"""How the statistics of calls are asked for and written in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from calls.statistics import Figures, GroupBy
from calls.statistics_forms import StatisticsForm


class StatisticsQuery(StatisticsForm):
    """The query of the operation: the same as the page's."""

    PARAMETERS = [
        OpenApiParameter("begin", datetime, description="The first hour; a week before the end where it is left out."),
        OpenApiParameter("end", datetime, description="The hour before which it ends; now where it is left out."),
        OpenApiParameter("group_by", str, enum=[one.value for one in GroupBy], description="What a row stands for."),
        OpenApiParameter("gateway", int, description="Calls by this gateway alone; for administrators."),
        OpenApiParameter("reseller", int, description="Calls of this reseller alone; for administrators."),
    ]


class FiguresSerializer(serializers.Serializer[Figures]):
    """A row."""

    key = serializers.SerializerMethodField(help_text="A time, a gateway's id with in or out, a reseller, a country.")
    attempts = serializers.IntegerField()
    answered = serializers.IntegerField()
    minutes = serializers.FloatField()
    asr = serializers.FloatField(allow_null=True, help_text="Percent.")
    ner = serializers.FloatField(allow_null=True, help_text="Percent.")
    acd = serializers.FloatField(allow_null=True, help_text="Seconds.")
    pdd = serializers.FloatField(allow_null=True, help_text="Seconds, the mean.")
    pdd_95 = serializers.IntegerField(allow_null=True, help_text="Seconds within which 95 of 100 heard something.")

    def get_key(self, one: Any) -> str:
        """As text."""
        if isinstance(one.key, datetime):
            return one.key.strftime("%Y-%m-%dT%H:%M:%SZ")
        return ":".join(map(str, one.key)) if isinstance(one.key, tuple) else str(one.key)
