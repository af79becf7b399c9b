"""Creates DynamoDB tables with the properties that the template declares, and updates tables that exist."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.errors import TemplateError
from local.template.checks import reject_unknown

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Properties = Mapping[str, Any]

_CREATE_ARGUMENTS = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "TableClass",
)
_OTHER_PROPERTIES = (
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "StreamSpecification",
    "TableName",
    "TimeToLiveSpecification",
)
_UPDATE_TIMEOUT = 120.0  # seconds; an index is filled from the whole table


class TableKeeper:
    """Creates and updates tables; adds a line to `remarks` for each setting that the store does not support."""

    def __init__(self, dynamodb: "DynamoDBClient", remarks: list[str]) -> None:
        self._dynamodb = dynamodb
        self._remarks = remarks

    def ensure(self, name: str, table: str, properties: Properties) -> dict[str, str]:
        """Returns the attributes of `table`, made or kept for the resource `name`.

        Of a table that exists, indexes, stream and time to live follow the template. Encryption, billing and protection
        stay as they were, because they have no effect on one machine.

        Raises:
            TemplateError: a property is unknown, or the stored table can't be changed to it.
        """
        reject_unknown(properties, (*_CREATE_ARGUMENTS, *_OTHER_PROPERTIES), name)
        arguments = _arguments(name, properties)
        stored = self._describe(table)
        if stored is None:
            stored = self._dynamodb.create_table(TableName=table, **arguments)["TableDescription"]
        else:
            stored = self._updated(name, stored, arguments)
        self._set_time_to_live(table, properties.get("TimeToLiveSpecification", {}))
        if "PointInTimeRecoverySpecification" in properties:
            self._enable_backups(name, table, properties["PointInTimeRecoverySpecification"])
        return {"Ref": table, "Arn": stored["TableArn"], "StreamArn": stored.get("LatestStreamArn", "")}

    def _describe(self, table: str) -> Any:
        try:
            return self._dynamodb.describe_table(TableName=table)["Table"]
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return None

    def _updated(self, name: str, stored: Any, wanted: Mapping[str, Any]) -> Any:
        """Updates a stored table and returns its new description."""
        table = stored["TableName"]
        for what in ("KeySchema", "LocalSecondaryIndexes"):
            _reject_change(name, what, _comparable(stored.get(what, [])), _comparable(wanted.get(what, [])))
        before, after = _by_name(stored), _by_name(wanted)
        for index in before.keys() & after.keys():
            _reject_change(
                name, f"GlobalSecondaryIndexes.{index}", _comparable(before[index]), _comparable(after[index])
            )
        for index in before.keys() - after.keys():
            self._update(table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": index}}])
        for index, definition in after.items():
            if index not in before:
                attributes = {"AttributeDefinitions": wanted["AttributeDefinitions"]}
                self._update(table, GlobalSecondaryIndexUpdates=[{"Create": definition}], **attributes)
        self._update_stream(name, stored, wanted.get("StreamSpecification"))
        return self._describe(table)

    def _update_stream(self, name: str, stored: Any, wanted: Any) -> None:
        before = stored.get("StreamSpecification") or {}
        if not before.get("StreamEnabled"):
            if wanted:
                self._update(stored["TableName"], StreamSpecification=wanted)
        elif not wanted:
            self._update(stored["TableName"], StreamSpecification={"StreamEnabled": False})
        else:
            _reject_change(name, "StreamSpecification", before["StreamViewType"], wanted["StreamViewType"])

    def _update(self, table: str, **changes: Any) -> None:
        """Changes the table, and waits until the change is done: only one can be under way."""
        self._dynamodb.update_table(TableName=table, **changes)
        end = time.monotonic() + _UPDATE_TIMEOUT
        while time.monotonic() < end:
            found = self._describe(table)
            states = [
                found["TableStatus"],
                *(index["IndexStatus"] for index in found.get("GlobalSecondaryIndexes", [])),
            ]
            if all(state == "ACTIVE" for state in states):
                return
            time.sleep(0.1)
        raise TemplateError(table, f"a change of the table has not ended after {_UPDATE_TIMEOUT:g} s")

    def _set_time_to_live(self, table: str, wanted: Mapping[str, Any]) -> None:
        found = self._dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        before = found.get("AttributeName") if found["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else None
        after = wanted["AttributeName"] if wanted.get("Enabled") else None
        if before is not None and before != after:
            self._update_time_to_live(table, before, enabled=False)
        if after is not None and before != after:
            self._update_time_to_live(table, after, enabled=True)

    def _update_time_to_live(self, table: str, attribute: str, *, enabled: bool) -> None:
        self._dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"AttributeName": attribute, "Enabled": enabled}
        )

    def _enable_backups(self, name: str, table: str, value: Any) -> None:
        try:
            self._dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=value)
        except ClientError as error:
            if error.response["Error"]["Code"] != "UnknownOperationException":
                raise
            setting = f"{name}.PointInTimeRecoverySpecification"
            self._remarks.append(f"{setting} is not applied: the table store of this machine has no backups")


def _arguments(name: str, properties: Properties) -> dict[str, Any]:
    """The arguments of CreateTable."""
    arguments = {key: properties[key] for key in _CREATE_ARGUMENTS if key in properties}
    if "SSESpecification" in properties:
        encryption = properties["SSESpecification"]
        reject_unknown(encryption, ("KMSMasterKeyId", "SSEEnabled", "SSEType"), f"{name}.SSESpecification")
        arguments["SSESpecification"] = {"Enabled": encryption["SSEEnabled"]}
    if "StreamSpecification" in properties:
        stream = properties["StreamSpecification"]
        reject_unknown(stream, ("StreamViewType",), f"{name}.StreamSpecification")
        arguments["StreamSpecification"] = {"StreamEnabled": True, **stream}
    return arguments


def _by_name(table: Mapping[str, Any]) -> dict[str, Any]:
    return {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}


def _comparable(value: Any) -> Any:
    """Keys and projection of an index or a list of indexes; a list of keys as it is. The order of a list is ignored."""
    if isinstance(value, list):
        return sorted((_comparable(item) for item in value), key=str)
    if "KeySchema" not in value:
        return value
    projection = value["Projection"]
    attributes = sorted(projection.get("NonKeyAttributes", []))
    return value["IndexName"], _comparable(value["KeySchema"]), projection["ProjectionType"], attributes


def _reject_change(name: str, what: str, before: Any, after: Any) -> None:
    if before != after:
        advice = "start with another folder (--data), or without one (--fresh)"
        raise TemplateError(f"{name}.{what}", f"the stored table has another one, which can't be changed; {advice}")
