-- +goose Up

-- In which network a card was: its MCC and MNC. Empty: it was in none, or nobody told.
alter table sim_seen add column network text not null default '';

-- +goose Down
alter table sim_seen drop column network;
