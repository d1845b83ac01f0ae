-- +goose Up

-- Statistics ask for some of those whom a side counts, over days: with the day first in the key, each of a hundred and fifty
-- people was looked for among everybody's entries of all days.
alter table tally drop constraint tally_pkey, add primary key (company, side, who, day, hour, direction, status);
alter table tally_wait drop constraint tally_wait_pkey, add primary key (company, side, who, day, bin);

-- +goose Down
alter table tally_wait drop constraint tally_wait_pkey, add primary key (company, side, day, who, bin);
alter table tally drop constraint tally_pkey, add primary key (company, side, day, who, hour, direction, status);
