"""Every table, one file per noun. Importing this package fills the metadata that migrations are compared with."""

from workflows.store.tables.access import ApiClient, IdempotencyKey
from workflows.store.tables.batch import BatchOperation, BatchOperationItem
from workflows.store.tables.beat import Beat
from workflows.store.tables.calendar import HolidayNotice
from workflows.store.tables.citizen import Rating, Spot
from workflows.store.tables.clock import Clock, Sequence
from workflows.store.tables.deadline import Deadline, Escalation
from workflows.store.tables.definition import (
    DecisionDefinition,
    DecisionImport,
    Deployment,
    Form,
    ProcessDefinition,
    Register,
)
from workflows.store.tables.document import Document, DocumentTemplate
from workflows.store.tables.enforcement import Evidence, Violation
from workflows.store.tables.event import DecisionEvaluation, Event
from workflows.store.tables.figures import MonthFigures
from workflows.store.tables.governance import (
    Case,
    CaseInvolved,
    CaseNumber,
    CaseStep,
    Duty,
    Notice,
    Person,
    Photo,
    Report,
    Seat,
    Succession,
    Unit,
)
from workflows.store.tables.incident import Incident
from workflows.store.tables.instance import ElementInstance, InstancePart, InstancePartKey, ProcessInstance
from workflows.store.tables.job import Job
from workflows.store.tables.joint import JointOperation, JointOperationCase
from workflows.store.tables.message import Message, MessageSubscription, ThrownMessage
from workflows.store.tables.notification import Delivery, Notification, NotificationRecipient, WebhookEndpoint
from workflows.store.tables.publication import DecisionPublication
from workflows.store.tables.registers import RegisterAlias, RegisterEntry, RegisterSchema
from workflows.store.tables.signal import SignalDelivery, SignalSubscription
from workflows.store.tables.staff import SavedView, StaffAccount, StaffSession, TaskDraft
from workflows.store.tables.supervision import DocumentNumber, SupervisionLetter
from workflows.store.tables.timer import Timer
from workflows.store.tables.user_task import UserTask

__all__ = [
    "ApiClient",
    "BatchOperation",
    "BatchOperationItem",
    "Beat",
    "Case",
    "CaseInvolved",
    "CaseNumber",
    "CaseStep",
    "Clock",
    "Deadline",
    "DecisionDefinition",
    "DecisionEvaluation",
    "DecisionImport",
    "DecisionPublication",
    "Delivery",
    "Deployment",
    "Document",
    "DocumentNumber",
    "DocumentTemplate",
    "Duty",
    "ElementInstance",
    "Escalation",
    "Event",
    "Evidence",
    "Form",
    "HolidayNotice",
    "IdempotencyKey",
    "Incident",
    "InstancePart",
    "InstancePartKey",
    "Job",
    "JointOperation",
    "JointOperationCase",
    "Message",
    "MessageSubscription",
    "MonthFigures",
    "Notice",
    "Notification",
    "NotificationRecipient",
    "Person",
    "Photo",
    "ProcessDefinition",
    "ProcessInstance",
    "Rating",
    "Register",
    "RegisterAlias",
    "RegisterEntry",
    "RegisterSchema",
    "Report",
    "SavedView",
    "Seat",
    "Sequence",
    "SignalDelivery",
    "SignalSubscription",
    "Spot",
    "StaffAccount",
    "StaffSession",
    "Succession",
    "SupervisionLetter",
    "TaskDraft",
    "ThrownMessage",
    "Timer",
    "Unit",
    "UserTask",
    "Violation",
    "WebhookEndpoint",
]
