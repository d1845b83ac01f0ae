-- +goose Up

-- Sounds that administrators uploaded in place of the text of a prompt, as callers hear them: A-law at 8000 Hz, brought to
-- their level. Every node copies them to its disk, so that its calls need no PostgreSQL. What was replaced or removed
-- stands in the audit by its hash.
create table prompt_sound (
  company   text collate "C" not null references company (id),
  prompt    text collate "C" not null,
  language  text collate "C" not null,
  at        timestamptz not null,              -- when it was uploaded, to a millisecond: nodes name their copies by it
  author    text not null,                     -- who did: a person, or "machine"
  file      text not null,                     -- what the file was called; empty: not known
  music     boolean not null,                  -- played on and on without a pause, at the level of music
  length_ms bigint not null,
  sound     bytea not null,                    -- a WAV file
  primary key (company, prompt, language)
);
alter table prompt_sound alter column sound set storage external; -- sound does not compress

-- +goose StatementBegin
do $$
begin
  alter table prompt_sound enable row level security;
  alter table prompt_sound force row level security;
  execute format('create policy node on prompt_sound to %I using (true) with check (true)', current_user);
  create policy tenant on prompt_sound to roadline_cabinet using (company = current_setting('app.company', true))
    with check (company = current_setting('app.company', true));
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on prompt_sound to roadline_cabinet;

-- +goose Down
drop table prompt_sound;
