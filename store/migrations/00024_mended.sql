-- +goose Up

-- The disk is held against what is written day by day and page by page, gone recordings too.
create index recording_day on recording (company, at, call);

-- Somebody decided that nothing more is to be done about what was put aside.
alter table quarantine
  add column dismissed    timestamptz,         -- null: it waits for an upgrade, or for a person
  add column dismissed_by text not null default '';

-- +goose Down
alter table quarantine drop column dismissed, drop column dismissed_by;
drop index recording_day;
