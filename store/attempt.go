package store

import (
	"context"
	"time"
)

// Attempt is one to sign in, to show it once more, or to get a letter.
type Attempt struct {
	Company string // a company's id, as it was written: there may be none
	Login   string // a person's id where there is one, else as it was written
	Address string
}

// Limits are how many attempts may have gone wrong of late for another one to be looked at.
type Limits struct {
	Within  time.Duration // how late is of late for Here and Address
	Here    int           // as that login from that address
	Address int           // from that address, whoever it was
	Longer  time.Duration // as Within, for Login
	Login   int           // as that login, wherever from
}

// Tries are the attempts that went wrong of late, before one.
type Tries struct {
	ID      int64 // of the one; 0: a limit is reached, so that it is not looked at and does not count
	Here    int   // as Limits
	Address int
	Login   int
}

// Try notes an attempt to sign in before it is looked at, as one that went wrong, and counts those before it. Where a limit
// is reached it is not noted: whoever goes on trying keeps nobody out for longer.
func (o *Operator) Try(ctx context.Context, a Attempt, l Limits) (t Tries, err error) {
	now := o.store.opt.Clock().UTC()
	err = o.store.node.QueryRow(ctx, `with wrong as (select
			(select count(*) from sign_in where firm = $1 and login = $2 and address = $3 and at > $5 and not ok) as here,
			(select count(*) from sign_in where address = $3 and at > $5 and not ok) as everybody,
			(select count(*) from sign_in where firm = $1 and login = $2 and at > $6 and not ok) as everywhere),
		one as (insert into sign_in (at, firm, login, address) select $4::timestamptz, $1::text, $2::text, $3::text from wrong
			where here < $7 and everybody < $8 and everywhere < $9 returning id)
		select coalesce((select id from one), 0), here, everybody, everywhere from wrong`,
		a.Company, a.Login, a.Address, now, now.Add(-l.Within), now.Add(-l.Longer), l.Here, l.Address, l.Login).Scan(&t.ID, &t.Here, &t.Address, &t.Login)
	return t, explain(err)
}

// Tried notes that an attempt went well, and with it the wrong ones of that login from that address are forgiven.
func (o *Operator) Tried(ctx context.Context, id int64) error {
	_, err := o.store.node.Exec(ctx, `update sign_in s set ok = true from sign_in x
		where x.id = $1 and s.firm = x.firm and s.login = x.login and s.address = x.address and s.id <= x.id and not s.ok`, id)
	return explain(err)
}
