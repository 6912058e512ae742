-- A wish to cancel is of running jobs only: whatever ends a claim ends the wish (docs/job_states.md).
UPDATE jobs SET cancel_requested = false WHERE cancel_requested AND state <> 'running';
ALTER TABLE jobs ADD CHECK (NOT cancel_requested OR state = 'running');
