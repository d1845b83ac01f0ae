-- +goose Up

-- Lines by their day: what a card's state was at an instant, and the balances of all cards of late.
create index sim_seen_at on sim_seen (company, sim, at desc, n desc);
create index sim_balance_at on sim_balance (company, at);

-- That a card was used up to one of its limits, once for each time that is counted.
create table sim_limit (
  company text collate "C" not null references company (id),
  sim     text collate "C" not null,
  what    text collate "C" not null,           -- calls, talk, messages, package_minutes, package_messages
  until   timestamptz not null,                -- then it is counted anew
  at      timestamptz not null,                -- when it was reached
  most    int not null,                        -- calls, messages, or minutes
  primary key (company, sim, what, until)
);

-- How well cards hear their networks, a few times an hour. It is a picture for the eyes: what falls while PostgreSQL is
-- away is not made up for.
create table sim_signal (
  company text collate "C" not null references company (id),
  sim     text collate "C" not null,
  at      timestamptz not null,
  dbm     int not null,
  primary key (company, sim, at)
);

-- What lines of trunks and SIMs were tried for by destination, from our side: routes are compared by it. It stands beside
-- tally_line, which would have a hundred times its rows with destinations in it.
create table tally_route (
  company text collate "C" not null references company (id),
  day     date not null,                       -- in the company's zone
  line    text collate "C" not null,
  prefix  text collate "C" not null,           -- of the number dialled: its plus and four digits; empty: it has no international form
  tries   bigint not null,
  up      bigint not null,
  talked  interval not null,                   -- from up to gone
  setups  bigint not null,                     -- tries of which it is known how long the far side took to ring
  setup   interval not null,                   -- of them together
  scores  bigint not null,                     -- tries whose sound was measured
  score   bigint not null,                     -- of them together, MOS in hundredths
  primary key (company, day, line, prefix)
) with (fillfactor = 70);

-- +goose StatementBegin
create function tally_prefix(number text) returns text language sql immutable as $$
  select case when number ~ '^\+[0-9]{4}' then left(number, 5) else '' end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function tally_route_add(l call_leg, sign int) returns void language plpgsql as $$
declare
  rang interval := coalesce(l.setup, l.alerting - l.began);
begin
  if l.offered or l.gone is null or l.line not like 'trunk:%' and l.line not like 'sim:%' then return; end if;
  insert into tally_route as t
    select l.company, ((r.began + l.began) at time zone c.zone)::date, l.line, tally_prefix(l.number), sign,
      case when l.up is null then 0 else sign end, sign * coalesce(l.gone - l.up, interval '0'),
      case when rang is null then 0 else sign end, sign * coalesce(rang, interval '0'),
      case when l.mos is null then 0 else sign end, sign * coalesce(l.mos, 0)
    from call_record r join company c on c.id = r.company where r.company = l.company and r.id = l.call
    on conflict (company, day, line, prefix) do update set tries = t.tries + excluded.tries, up = t.up + excluded.up, talked = t.talked + excluded.talked,
      setups = t.setups + excluded.setups, setup = t.setup + excluded.setup, scores = t.scores + excluded.scores, score = t.score + excluded.score;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function tally_route_leg() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (old.line, old.alerting, old.up, old.gone, old.setup, old.mos) is not distinct from (new.line, new.alerting, new.up, new.gone, new.setup, new.mos) then
    return null;
  end if;
  if tg_op <> 'INSERT' then perform tally_route_add(old, -1); end if;
  perform tally_route_add(new, 1);
  return null;
end $$;
-- +goose StatementEnd
-- As with tally_line, what was tried stays counted when the call's record goes.
create trigger tally_route_leg after insert or update on call_leg for each row execute function tally_route_leg();

-- Counts a company's routes anew from the legs of its calls.
-- +goose StatementBegin
create function tally_route_again(whose text) returns void language plpgsql as $$
begin
  delete from tally_route where company = whose;
  insert into tally_route
    select l.company, ((r.began + l.began) at time zone c.zone)::date, l.line, tally_prefix(l.number), count(*), count(l.up), coalesce(sum(l.gone - l.up), interval '0'),
      count(coalesce(l.setup, l.alerting - l.began)), coalesce(sum(coalesce(l.setup, l.alerting - l.began)), interval '0'), count(l.mos), coalesce(sum(l.mos), 0)
    from call_leg l join call_record r on r.company = l.company and r.id = l.call join company c on c.id = l.company
    where l.company = whose and not l.offered and l.gone is not null and (l.line like 'trunk:%' or l.line like 'sim:%') group by 1, 2, 3, 4;
end $$;
-- +goose StatementEnd

-- A company that moves to another zone has other days; as who made it, as tally_zone.
-- +goose StatementBegin
create function tally_route_zone() returns trigger language plpgsql security definer set search_path from current as $$
begin
  perform tally_route_again(new.id);
  return null;
end $$;
-- +goose StatementEnd
create trigger tally_route_zone after update of zone on company for each row when (old.zone is distinct from new.zone) execute function tally_route_zone();
select tally_route_again(id) from company;

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['sim_limit', 'sim_signal', 'tally_route'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (company = current_setting(''app.company'', true)) '
                   'with check (company = current_setting(''app.company'', true))', t);
    execute format('grant select on %I to roadline_cabinet', t);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
drop trigger tally_route_zone on company;
drop trigger tally_route_leg on call_leg;
drop function tally_route_zone, tally_route_again, tally_route_leg, tally_route_add, tally_prefix;
drop table tally_route, sim_signal, sim_limit;
drop index sim_balance_at, sim_seen_at;
