-- +goose Up

-- By what people sign in to the cabinet. Who has no row cannot.
create table login (
  company  text collate "C" not null references company (id),
  employee text not null,
  hash     text not null,                      -- of the password: argon2id, as a PHC string
  at       timestamptz not null,               -- when it was set
  codes    bytea,                              -- the sealed secret of one-time codes; null: none are asked for
  codes_at timestamptz,
  step     bigint not null default 0,          -- of the last code that was taken: none is taken twice
  recovery text[] not null default '{}',       -- SHA-256 in hex of the codes for who lost the other device
  primary key (company, employee),
  foreign key (company, employee) references employee (company, id)
);

-- Every attempt to sign in. It is written before the password is looked at, so that attempts at once count each other.
create table sign_in (
  id      bigint generated always as identity primary key,
  at      timestamptz not null,
  firm    text collate "C" not null,           -- a company's id, as it was written: there may be none
  login   text collate "C" not null,           -- a person's id where there is one, else as it was written
  address text collate "C" not null,
  ok      boolean not null default false
);
create index sign_in_login on sign_in (firm, login, at);
create index sign_in_address on sign_in (address, at);
create index sign_in_at on sign_in (at);

create table session (
  key      text collate "C" primary key,       -- SHA-256 of what the cookie says
  id       text collate "C" not null,          -- what it is called in lists
  company  text collate "C" not null,          -- empty: nobody signed in yet
  employee text not null,
  made     timestamptz not null,
  seen     timestamptz not null,
  expires  timestamptz not null,
  address  text not null,
  agent    text not null,                      -- the browser, as it names itself
  data     bytea not null
);
create index session_person on session (company, employee);
create index session_expires on session (expires);

-- Links by which a person sets a password: an invitation, or because the old one is forgotten. Each is used once.
create table invitation (
  hash     text collate "C" primary key,       -- SHA-256 of the link's token
  company  text collate "C" not null references company (id),
  employee text not null,
  made     timestamptz not null,
  made_by  text not null,
  expires  timestamptz not null,
  foreign key (company, employee) references employee (company, id)
);
create index invitation_person on invitation (company, employee);

create table token (
  company  text collate "C" not null references company (id),
  id       text collate "C" not null,
  hash     text collate "C" not null unique,   -- SHA-256 of the token
  employee text not null,                      -- whose it is; of a service: who made it
  service  boolean not null,
  name     text not null,
  rights   text[] not null,
  made     timestamptz not null,
  expires  timestamptz not null,
  seen     timestamptz,
  revoked  timestamptz,
  primary key (company, id)
);
create index token_person on token (company, employee);

-- Who did what, and who listened to what. The cabinet can add to it and can change nothing in it.
create table audit (
  company text collate "C" not null,
  id      bigint generated always as identity,
  at      timestamptz not null,
  who     text collate "C" not null,           -- a person's id; "machine": the command line on the node
  token   text not null,                       -- id of the token that was shown; empty: none
  address text not null,
  what    text collate "C" not null,           -- an operation's name
  object  text collate "C" not null,           -- what it was done to
  before  jsonb,
  after   jsonb,
  primary key (company, id)
);
create index audit_at on audit (company, at desc, id desc);
create index audit_who on audit (company, who, id desc);
create index audit_object on audit (company, object, id desc);

-- What was answered to a request that may come again.
create table answered (
  company text collate "C" not null,
  who     text collate "C" not null,
  key     text collate "C" not null,           -- the request's Idempotency-Key
  request text not null,                       -- SHA-256 of it
  at      timestamptz not null,
  status  int,                                 -- null: it is still being done
  kind    text not null default '',
  body    bytea not null default '',
  primary key (company, who, key)
);
create index answered_at on answered (at);

-- Links to a recording for those who cannot sign in.
create table recording_link (
  company text collate "C" not null references company (id),
  id      text collate "C" not null,
  hash    text collate "C" not null unique,    -- SHA-256 of the link's token
  call    text collate "C" not null,
  made    timestamptz not null,
  made_by text not null,
  expires timestamptz not null,
  revoked timestamptz,
  plays   int not null default 0,
  primary key (company, id),
  foreign key (company, call) references call_record (company, id) on delete cascade
);
create index recording_link_call on recording_link (company, call);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['login', 'session', 'invitation', 'token', 'audit', 'answered', 'recording_link'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (company = current_setting(''app.company'', true)) '
                   'with check (company = current_setting(''app.company'', true))', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select (company, employee, at, codes_at, recovery), insert, delete on login to roadline_cabinet;
grant update (hash, at, codes, codes_at, step, recovery) on login to roadline_cabinet;
grant select (id, company, employee, made, seen, expires, address, agent), delete on session to roadline_cabinet;
grant select (company, employee, made, made_by, expires), insert, delete on invitation to roadline_cabinet;
grant select (company, id, employee, service, name, rights, made, expires, seen, revoked), insert on token to roadline_cabinet;
grant update (revoked) on token to roadline_cabinet;
grant select, insert on audit to roadline_cabinet;
grant select, insert, delete on answered to roadline_cabinet;
grant update (status, kind, body) on answered to roadline_cabinet;
grant select (company, id, call, made, made_by, expires, revoked, plays), insert on recording_link to roadline_cabinet;
grant update (revoked, plays) on recording_link to roadline_cabinet;

-- +goose Down
drop table recording_link, answered, audit, token, invitation, session, sign_in, login;
