-- +goose Up

-- Which modem a card of a SIM bank was to serve, from when, by whose word and why. The latest of a card is how it is to be.
create table card_move (
  company text collate "C" not null references company (id),
  sim     text collate "C" not null,
  at      timestamptz not null,
  bank    text collate "C" not null,
  was     text collate "C" not null,           -- the modem that it was to serve until then; empty: none
  modem   text collate "C" not null,           -- that it is to serve; empty: none
  author  text not null,
  reason  text not null,
  lose    boolean not null,                    -- a call that went on might be lost
  primary key (company, sim, at)
);

alter table card_move enable row level security;
alter table card_move force row level security;
-- +goose StatementBegin
do $$
begin
  execute format('create policy node on card_move to %I using (true) with check (true)', current_user);
end $$;
-- +goose StatementEnd
create policy tenant on card_move to roadline_cabinet using (company = current_setting('app.company', true)) with check (company = current_setting('app.company', true));
grant select on card_move to roadline_cabinet;

-- +goose Down
drop table card_move;
