"""The commands, the only writer: one function per verb, ``session`` first, ``actor`` last."""

from workflows.runtime import handlers  # noqa: F401, the inline handlers register themselves
from workflows.runtime.announcing import FiredEscalation, announce_escalation, claim_escalations, find_escalations
from workflows.runtime.batch_work import resolve_process_instance_incidents, run_batches
from workflows.runtime.batches import TYPES as BATCH_OPERATIONS
from workflows.runtime.batches import (
    BatchProgress,
    batch_progress,
    cancel_batch_operation,
    count_batch_items,
    create_batch_operation,
    create_migration_batch,
    create_start_batch,
    large_batches,
    resume_batch_operation,
    suspend_batch_operation,
)
from workflows.runtime.beats import beat, forget_beats, last_beats
from workflows.runtime.calendar_status import CalendarStatus, YearStatus, calendar_status, running_into
from workflows.runtime.clock import now, pin_clock, reset_clock
from workflows.runtime.consistency import check_files
from workflows.runtime.deadline_commands import (
    exempt_deadline,
    extend_deadline,
    raise_deadline,
    resume_deadline,
    supervise_deadline,
    suspend_deadline,
)
from workflows.runtime.deadlines import resume_deadlines, sweep_deadlines
from workflows.runtime.decisions import DecisionTaken, evaluate_decision
from workflows.runtime.deliveries import Letter, resend_delivery
from workflows.runtime.delivering import deliver
from workflows.runtime.deployments import DeploymentResult, deploy, dry_run_deployment
from workflows.runtime.documents import document_data, document_page, reveal_document, withdraw_document
from workflows.runtime.evidence import add_evidence, audit_evidence, exclude_evidence, verify_evidence
from workflows.runtime.exemptions import Statement, open_exemption, record_statement
from workflows.runtime.figures import count_month, uncounted_months
from workflows.runtime.holiday_notices import NoticeImported, import_notice, recount_deadlines
from workflows.runtime.incidents import resolve_incident, skip_incident
from workflows.runtime.inline import InlineCall, inline
from workflows.runtime.instances import cancel_process_instance, set_variables, start_process
from workflows.runtime.jobs import activate_jobs, complete_job, fail_job, throw_job_error, update_job
from workflows.runtime.joint_requests import request_joint_rectification
from workflows.runtime.messages import Correlated, correlate_message, publish_message
from workflows.runtime.migration import dry_run_migration, migrate_process_instance, plan_migration
from workflows.runtime.modification import modify_process_instance
from workflows.runtime.notifications import Notified, notify, read_notification
from workflows.runtime.ratings import rate_case
from workflows.runtime.registers import annul_violation, end_entry, merge_entries, put_entry, reveal_entry
from workflows.runtime.reorganising import (
    Reorganised,
    SuccessionState,
    list_successions,
    reorganise,
    start_successions,
)
from workflows.runtime.requests import end_suspension, request_appeal, request_extension, request_suspension
from workflows.runtime.resources import Bundle, Resource, look_through, read
from workflows.runtime.restarting import Beginning, restart_process_instance
from workflows.runtime.retention import Forgotten, forget_notifications
from workflows.runtime.saved_views import delete_view, rename_view, save_view, saved_views
from workflows.runtime.signal_deliveries import THROWN
from workflows.runtime.signals import broadcast_signal, deliver_signals
from workflows.runtime.spots import import_spots, retire_spot
from workflows.runtime.suspension import resume_process_instance, suspend_process_instance
from workflows.runtime.thrown_messages import deliver_messages
from workflows.runtime.timers import fire_timers
from workflows.runtime.urging import urge_user_task
from workflows.runtime.user_tasks import assign_user_task, complete_user_task, unassign_user_task, update_user_task
from workflows.runtime.verify import Problem, verify
from workflows.runtime.webhooks import create_webhook_endpoint, delete_webhook_endpoint, webhook_endpoints
from workflows.runtime.yellow import recount_yellow

__all__ = [
    "BATCH_OPERATIONS",
    "THROWN",
    "BatchProgress",
    "Beginning",
    "Bundle",
    "CalendarStatus",
    "Correlated",
    "DecisionTaken",
    "DeploymentResult",
    "FiredEscalation",
    "Forgotten",
    "InlineCall",
    "Letter",
    "NoticeImported",
    "Notified",
    "Problem",
    "Reorganised",
    "Resource",
    "Statement",
    "SuccessionState",
    "YearStatus",
    "activate_jobs",
    "add_evidence",
    "announce_escalation",
    "annul_violation",
    "assign_user_task",
    "audit_evidence",
    "batch_progress",
    "beat",
    "broadcast_signal",
    "calendar_status",
    "cancel_batch_operation",
    "cancel_process_instance",
    "check_files",
    "claim_escalations",
    "complete_job",
    "complete_user_task",
    "correlate_message",
    "count_batch_items",
    "count_month",
    "create_batch_operation",
    "create_migration_batch",
    "create_start_batch",
    "create_webhook_endpoint",
    "delete_view",
    "delete_webhook_endpoint",
    "deliver",
    "deliver_messages",
    "deliver_signals",
    "deploy",
    "document_data",
    "document_page",
    "dry_run_deployment",
    "dry_run_migration",
    "end_entry",
    "end_suspension",
    "evaluate_decision",
    "exclude_evidence",
    "exempt_deadline",
    "extend_deadline",
    "fail_job",
    "find_escalations",
    "fire_timers",
    "forget_beats",
    "forget_notifications",
    "import_notice",
    "import_spots",
    "inline",
    "large_batches",
    "last_beats",
    "list_successions",
    "look_through",
    "merge_entries",
    "migrate_process_instance",
    "modify_process_instance",
    "notify",
    "now",
    "open_exemption",
    "pin_clock",
    "plan_migration",
    "publish_message",
    "put_entry",
    "raise_deadline",
    "rate_case",
    "read",
    "read_notification",
    "record_statement",
    "recount_deadlines",
    "recount_yellow",
    "rename_view",
    "reorganise",
    "request_appeal",
    "request_extension",
    "request_joint_rectification",
    "request_suspension",
    "resend_delivery",
    "reset_clock",
    "resolve_incident",
    "resolve_process_instance_incidents",
    "restart_process_instance",
    "resume_batch_operation",
    "resume_deadline",
    "resume_deadlines",
    "resume_process_instance",
    "retire_spot",
    "reveal_document",
    "reveal_entry",
    "run_batches",
    "running_into",
    "save_view",
    "saved_views",
    "set_variables",
    "skip_incident",
    "start_process",
    "start_successions",
    "supervise_deadline",
    "suspend_batch_operation",
    "suspend_deadline",
    "suspend_process_instance",
    "sweep_deadlines",
    "throw_job_error",
    "unassign_user_task",
    "uncounted_months",
    "update_job",
    "update_user_task",
    "urge_user_task",
    "verify",
    "verify_evidence",
    "webhook_endpoints",
    "withdraw_document",
]
