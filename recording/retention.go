package recording

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"roadline/fmc"
)

// Archive is where it is written what becomes of recordings. That comes first, always: what lies on the disk follows.
type Archive interface {
	// Days sums what lies on disk by day and group.
	Days(context.Context, fmc.CompanyID) ([]fmc.StoredDay, error)
	// Dispose makes recordings gone and has Remove called for each, at least once. It returns how many went, and how
	// large they were, also with an error.
	Dispose(context.Context, fmc.CompanyID, fmc.Disposal) (n int, bytes int64, err error)
	// RemoveLeft has Remove called for all that are gone and not removed yet.
	RemoveLeft(context.Context, fmc.CompanyID) error
	// Gone returns the files of a recording that is gone; an error for one that is kept.
	Gone(context.Context, fmc.CompanyID, fmc.CallID) (files []string, err error)
	// Removed writes that the files are off the disk.
	Removed(context.Context, fmc.CompanyID, fmc.CallID) error
	// Day returns a page of the recordings of a day, by UTC, gone ones too: those after the last of the page before, which
	// is the zero Filed at first. After the last page comes an empty one.
	Day(_ context.Context, _ fmc.CompanyID, day time.Time, after fmc.Filed) ([]fmc.Filed, error)
	// Found writes how large recordings are on the disk, and returns those of them that are still kept.
	Found(context.Context, fmc.CompanyID, []fmc.FoundSize) ([]fmc.CallID, error)
}

// Alarms is where somebody is told. A condition that is raised again changes its words alone; clearing what was never
// raised does nothing.
type Alarms interface {
	Raise(context.Context, fmc.Alarm) error
	Clear(context.Context, fmc.CompanyID, fmc.AlarmKind, string) error
}

// RetentionOptions are what a Retention stands on.
type RetentionOptions struct {
	Folder    string // of the recordings
	Archive   Archive
	Alarms    Alarms
	Companies func() []*fmc.Company
	Every     time.Duration // between two sweeps; 0: 1 h
	Now       func() time.Time
	Log       *slog.Logger
}

// Retention deletes recordings when their time is over or their company's quota is reached, and holds what lies on the
// disk against what is written of it. What is held it never touches.
type Retention struct {
	o     RetentionOptions
	asked chan struct{} // a sweep is wanted at once

	mu     sync.Mutex // guards:
	usages map[fmc.CompanyID]Usage
}

// NewRetention returns a retention; Run starts it.
func NewRetention(o RetentionOptions) *Retention {
	if o.Every == 0 {
		o.Every = time.Hour
	}
	return &Retention{o: o, asked: make(chan struct{}, 1), usages: map[fmc.CompanyID]Usage{}}
}

// comparedEvery is how many sweeps lie between two looks at the whole disk.
const comparedEvery = 24

// Run sweeps until ctx is done.
func (r *Retention) Run(ctx context.Context) error {
	tick := time.NewTicker(r.o.Every)
	defer tick.Stop()
	for n := 0; ; n++ {
		for _, c := range r.o.Companies() {
			err := r.Sweep(ctx, c)
			if err == nil && n%comparedEvery == 0 {
				err = r.Compare(ctx, c.Profile.ID)
			}
			if err != nil && ctx.Err() == nil {
				r.o.Log.Warn("recordings not swept, tried again later", "company", c.Profile.ID, "dur", r.o.Every, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-r.asked:
		}
	}
}

// Ask has a sweep made soon: somebody deleted a recording, or changed a rule. It does not wait.
func (r *Retention) Ask() {
	select {
	case r.asked <- struct{}{}:
	default: // it is asked for already
	}
}

// Usages is how full each company's store was at its last sweep.
func (r *Retention) Usages() map[fmc.CompanyID]Usage {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make(map[fmc.CompanyID]Usage, len(r.usages))
	for id, u := range r.usages {
		all[id] = u
	}
	return all
}

// Sweep deletes what a company's rule says, and tells of its quota.
func (r *Retention) Sweep(ctx context.Context, c *fmc.Company) error {
	id, rule, now := c.Profile.ID, c.Rules.Recording.Keep, r.o.Now()
	for _, class := range rule.Classes() {
		if class.Term.IsZero() {
			continue
		}
		if _, err := r.dispose(ctx, id, fmc.Disposal{Class: class, Before: class.Term.Before(now), Why: fmt.Sprintf("keep %s %s", class.Name, class.Term)}); err != nil {
			return err
		}
	}
	if err := r.o.Archive.RemoveLeft(ctx, id); err != nil {
		return err
	}
	days, err := r.o.Archive.Days(ctx, id)
	if err != nil {
		return err
	}
	u := Use(days, rule, now)
	freed, classes, err := r.makeRoom(ctx, id, rule, u)
	if err != nil {
		return err
	}
	if freed > 0 {
		if days, err = r.o.Archive.Days(ctx, id); err != nil {
			return err
		}
		u = Use(days, rule, now)
	}
	r.mu.Lock()
	r.usages[id] = u
	r.mu.Unlock()
	return r.tell(ctx, id, u, freed, classes)
}

// makeRoom deletes what exceeds the quota: the oldest of the shortest term first.
func (r *Retention) makeRoom(ctx context.Context, id fmc.CompanyID, rule fmc.KeepRule, u Usage) (freed int64, classes string, err error) {
	if rule.Quota == 0 {
		return 0, "", nil
	}
	for _, class := range rule.Classes() {
		over := u.Bytes - freed - rule.Quota
		if over <= 0 {
			break
		}
		bytes, err := r.dispose(ctx, id, fmc.Disposal{Class: class, Before: r.o.Now(), Bytes: over, Why: "quota " + Room(rule.Quota)})
		if err != nil {
			return freed, classes, err
		}
		if freed += bytes; bytes > 0 {
			classes = joined(classes, class.Name)
		}
	}
	return freed, classes, nil
}

func joined(list, more string) string {
	if list == "" {
		return more
	}
	return list + ", " + more
}

func (r *Retention) dispose(ctx context.Context, id fmc.CompanyID, d fmc.Disposal) (int64, error) {
	n, bytes, err := r.o.Archive.Dispose(ctx, id, d)
	if n > 0 {
		r.o.Log.Info("recordings deleted", "company", id, "count", n, "text", d.Why+", "+Room(bytes))
	}
	return bytes, err
}

// nearShare is the part of a quota, in percent, from which somebody is told.
const nearShare = 80

// tell raises and clears what somebody should know of a company's quota.
func (r *Retention) tell(ctx context.Context, id fmc.CompanyID, u Usage, freed int64, classes string) error {
	values := map[string]string{"used": Room(u.Bytes), "quota": Room(u.Quota), "share": fmt.Sprint(u.Share()), "held": Room(u.Held)}
	if !u.Full.IsZero() {
		values["full"] = u.Full.Format(time.DateOnly)
	}
	if freed > 0 {
		values["deleted"], values["classes"] = Room(freed), classes
		if err := r.o.Alarms.Raise(ctx, fmc.Alarm{Company: id, Kind: fmc.AlarmQuotaReached, Values: values}); err != nil {
			return err
		}
	}
	near := u.Quota > 0 && u.Share() >= nearShare
	for _, x := range []struct {
		kind fmc.AlarmKind
		is   bool
	}{{fmc.AlarmQuotaNear, near}, {fmc.AlarmQuotaHeld, u.Quota > 0 && u.Bytes > u.Quota}} {
		var err error
		if x.is {
			err = r.o.Alarms.Raise(ctx, fmc.Alarm{Company: id, Kind: x.kind, Values: values})
		} else {
			err = r.o.Alarms.Clear(ctx, id, x.kind, "")
		}
		if err != nil {
			return err
		}
	}
	if near {
		return nil
	}
	return r.o.Alarms.Clear(ctx, id, fmc.AlarmQuotaReached, "")
}
