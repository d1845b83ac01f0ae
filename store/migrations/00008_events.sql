-- +goose Up

-- How many events a company has had. Whoever adds one locks the row until the end of the transaction, so that numbers
-- have no gap and become visible in their order. Events refer to this table and not to company: an apply locks the
-- latter's row before this one, the drain would lock them the other way round.
create table event_head (
  company text collate "C" primary key references company (id),
  last    bigint not null
);

create table event (
  company text collate "C" not null references event_head (company),
  n       bigint not null,                     -- from 1
  at      timestamptz not null,                -- when it happened
  kept    timestamptz not null,                -- when it was kept: by this it is taken away
  type    text not null,
  people  text[] not null,                     -- whom it concerns
  grp     text not null,
  private boolean not null,                    -- of the first of people alone
  data    json not null,
  primary key (company, n)
);
create index event_kept on event (kept);

-- Receivers of events outside.
create table webhook (
  company    text collate "C" not null references company (id),
  id         text collate "C" not null,
  url        text not null,
  types      text[] not null,                  -- patterns; empty: all
  enabled    boolean not null,
  why_off    text not null,                    -- where it was not a person who switched it off
  scheme     text not null check (scheme in ('hmac', 'ed25519')),
  secret     bytea not null,                   -- HMAC's key, or ed25519's seed
  old_secret bytea,                            -- signs too until old_until
  old_until  timestamptz,
  public     text not null,                    -- whpk_… of ed25519
  author     text not null,
  made       timestamptz not null,
  failing    timestamptz,                      -- since when no try has passed; null: the last one did
  fails      int not null,                     -- how many, one after another
  rest       timestamptz,                      -- not tried before
  lease      timestamptz,                      -- until then a node tries it
  lease_by   text not null,
  primary key (company, id)
);

-- What each receiver is told of: one row for an event, until the event is taken away.
create table webhook_delivery (
  company text collate "C" not null,
  webhook text collate "C" not null,
  n       bigint not null,
  state   text not null check (state in ('waiting', 'done', 'failed')),
  due     timestamptz not null,                -- of the next try
  first   timestamptz,                         -- of the first try
  tries   int not null,
  round   int not null default 0,              -- how often it was to be told once more
  settled timestamptz,
  status  int not null,                        -- of HTTP, of the last try; 0: none came
  primary key (company, webhook, n),
  foreign key (company, webhook) references webhook (company, id) on delete cascade,
  foreign key (company, n) references event (company, n) on delete cascade
);
create index webhook_delivery_waiting on webhook_delivery (company, webhook, n) where state = 'waiting';
create index webhook_delivery_due on webhook_delivery (company, webhook, due) where state = 'waiting';
create index webhook_delivery_event on webhook_delivery (company, n);

create table webhook_try (
  company  text collate "C" not null,
  webhook  text collate "C" not null,
  n        bigint not null,
  at       timestamptz not null,
  took     interval not null,
  status   int not null,                       -- 0: no answer came
  why      text not null,                      -- a sentence; empty: it passed
  sent     text not null,                      -- head of the request
  answered text not null,                      -- head of the answer, and the beginning of its body
  primary key (company, webhook, n, at),
  foreign key (company, webhook, n) references webhook_delivery (company, webhook, n) on delete cascade
);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['event_head', 'event', 'webhook', 'webhook_delivery', 'webhook_try'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (company = current_setting(''app.company'', true)) '
                   'with check (company = current_setting(''app.company'', true))', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update on event_head to roadline_cabinet;
grant select, insert on event to roadline_cabinet;
grant select (company, id, url, types, enabled, why_off, scheme, old_until, public, author, made, failing, fails, rest),
  insert, delete on webhook to roadline_cabinet;
grant update (url, types, enabled, why_off, secret, old_secret, old_until, public, failing, fails, rest) on webhook to roadline_cabinet;
grant select, insert, update on webhook_delivery to roadline_cabinet;
grant select on webhook_try to roadline_cabinet;

-- +goose Down
drop table webhook_try, webhook_delivery, webhook, event, event_head;
