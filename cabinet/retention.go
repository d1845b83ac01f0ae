package cabinet

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/recording"
	"roadline/store"
)

// StorageShown is how full a company's store of recordings is.
type StorageShown struct {
	Recordings int          `json:"recordings"`
	Bytes      int64        `json:"bytes"`
	Held       int64        `json:"held_bytes"`
	Quota      int64        `json:"quota_bytes,omitempty"` // absent: none
	Share      int          `json:"share,omitempty"`       // of the quota, in percent
	PerDay     int64        `json:"bytes_a_day"`           // that came lately
	Full       string       `json:"full,omitempty"`        // the day on which the quota is reached, as things go
	Classes    []ClassShown `json:"classes"`               // the shortest term first
}

// ClassShown is the recordings that are kept equally long.
type ClassShown struct {
	Class      string `json:"class"` // a group, or "default"
	Keep       string `json:"keep"`
	Recordings int    `json:"recordings"`
	Bytes      int64  `json:"bytes"`
}

// storage tells how full the company's store is.
func (a *API) storage(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	days, err := a.o.Store.For(c.Profile.ID).StoredDays(r.Context())
	if err != nil {
		return nil, err
	}
	u := recording.Use(days, c.Rules.Recording.Keep, a.o.Now())
	shown := StorageShown{Recordings: u.Recordings, Bytes: u.Bytes, Held: u.Held, Quota: u.Quota, Share: u.Share(), PerDay: u.PerDay}
	if !u.Full.IsZero() {
		shown.Full = u.Full.Format(time.DateOnly)
	}
	for _, x := range u.Classes {
		shown.Classes = append(shown.Classes, ClassShown{Class: x.Name, Keep: x.Term.String(), Recordings: x.Recordings, Bytes: x.Bytes})
	}
	return shown, nil
}

// RecordingsShown is a page of recordings, the newest call first.
type RecordingsShown struct {
	Recordings []RecordingShown `json:"recordings"`
	Next       string           `json:"next,omitempty"` // "after" of the next page; empty: this is the last
}

// RecordingShown is a recording, or the tombstone of one.
type RecordingShown struct {
	Call    fmc.CallID  `json:"call"`
	At      time.Time   `json:"at"` // when the call began
	Group   fmc.GroupID `json:"group,omitempty"`
	Bytes   int64       `json:"bytes"`
	Held    *Settled    `json:"held,omitempty"`
	Deleted *Settled    `json:"deleted,omitempty"`
	Missing *time.Time  `json:"missing,omitempty"` // since when its files are not on the disk
}

// Settled says who settled something, when and why. Nobody named: a rule.
type Settled struct {
	At  time.Time `json:"at"`
	By  string    `json:"by,omitempty"`
	Why string    `json:"why"`
}

func showRecording(r store.Recording) RecordingShown {
	settled := func(at *time.Time, by, why string) *Settled {
		if at == nil {
			return nil
		}
		return &Settled{At: at.UTC(), By: by, Why: why}
	}
	return RecordingShown{
		Call: r.Call, At: r.At.UTC(), Group: r.Group, Bytes: r.Bytes, Missing: r.Lost,
		Held: settled(r.Held, r.HeldBy, r.HeldWhy), Deleted: settled(r.Gone, r.GoneBy, r.GoneWhy),
	}
}

var recordingStates = []store.RecordingState{"", store.RecordingKept, store.RecordingHeld, store.RecordingGone, store.RecordingLost}

// recordings lists the company's recordings.
func (a *API) recordings(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "state", "after", "limit")
	if err != nil {
		return nil, err
	}
	f := store.RecordingFilter{State: store.RecordingState(q.Get("state"))}
	if !slices.Contains(recordingStates, f.State) {
		return nil, cause.Errorf(cause.Invalid, "state %q: write kept, held, gone or lost", f.State)
	}
	at, call, err := afterIn(q)
	if err != nil {
		return nil, err
	}
	f.After = store.CallMark{Began: at, ID: fmc.CallID(call)}
	wanted, err := limitIn(q)
	if err != nil {
		return nil, err
	}
	all, next, err := pageOf(r.Context(), wanted, func(ctx context.Context, limit int) ([]store.Recording, error) {
		f.Limit = limit
		return a.o.Store.For(c.Profile.ID).Recordings(ctx, f)
	}, func(x store.Recording) string { return placeOf(x.At, string(x.Call)) })
	if err != nil {
		return nil, err
	}
	page := RecordingsShown{Recordings: []RecordingShown{}, Next: next}
	for _, x := range all {
		page.Recordings = append(page.Recordings, showRecording(x))
	}
	return page, nil
}

// Settle says who wants something of a recording, and why.
type Settle struct {
	By  string `json:"by"`
	Why string `json:"why"`
}

// RecordingChange is something that somebody settles of a recording by hand, as the API names it.
type RecordingChange string

// The changes.
const (
	HoldRecording   RecordingChange = "hold"    // keep it from being deleted
	LetGoRecording  RecordingChange = "release" // end that
	DeleteRecording RecordingChange = "delete"  // for good
)

// rightTo is which right each change needs.
var rightTo = map[RecordingChange]access.Right{
	HoldRecording: access.RecordingsKeep, LetGoRecording: access.RecordingsKeep, DeleteRecording: access.RecordingsDelete,
}

// SettleRecording has a viewer hold the recording of a call, release it or delete it, with a reason, and returns what
// became of it. Both who and why stand in the audit.
func (a *API) SettleRecording(ctx context.Context, v access.Viewer, call fmc.CallID, change RecordingChange, why string) (store.Recording, error) {
	if _, err := a.RecordFor(ctx, v, rightTo[change], call); err != nil {
		return store.Recording{}, err
	}
	if err := oneLine("why", "the reason", why, mostWhy); err != nil {
		return store.Recording{}, err
	}
	ctx = deed(ctx, "recordings."+string(change), string(call))
	store.Auditing(ctx).After = map[string]string{"why": why}
	return a.settle(ctx, v.Company, call, change, Settle{By: v.By(), Why: why})
}

// settleRecording holds a recording, lets it go or deletes it, and returns what became of it.
func (a *API) settleRecording(r *http.Request) (any, error) {
	id, call, err := a.callIn(r)
	if err != nil {
		return nil, err
	}
	change := RecordingChange(r.PathValue("change"))
	if rightTo[change] == "" {
		return nil, cause.Errorf(cause.NotFound, "%q is nothing that can be done with a recording: hold, release, delete", change)
	}
	var s Settle
	if err := read(r, &s); err != nil {
		return nil, err
	}
	if len(s.By) > mostID || len(s.Why) > mostWhy {
		return nil, cause.Errorf(cause.Invalid, "by, why: at most %d and %d bytes", mostID, mostWhy)
	}
	kept, err := a.settle(r.Context(), id, call, change, s)
	if err != nil {
		return nil, err
	}
	return showRecording(kept), nil
}

// settle does a change of a recording, and has the files swept soon.
func (a *API) settle(ctx context.Context, id fmc.CompanyID, call fmc.CallID, change RecordingChange, s Settle) (store.Recording, error) {
	tenant := a.o.Store.For(id)
	do := map[RecordingChange]func(context.Context, fmc.CallID, string, string) error{
		HoldRecording: tenant.HoldRecording, LetGoRecording: tenant.LetGoRecording, DeleteRecording: tenant.DeleteRecording,
	}[change]
	if err := do(ctx, call, s.By, s.Why); err != nil {
		return store.Recording{}, err
	}
	a.o.Log.Info("recording settled by hand", "company", id, "call", call, "text", change)
	if a.o.Node.Sweep != nil {
		a.o.Node.Sweep()
	}
	return tenant.Recording(ctx, call)
}

// AlarmsShown is a page of conditions that somebody should see to, the latest first.
type AlarmsShown struct {
	Alarms []AlarmShown `json:"alarms"`
	Next   string       `json:"next,omitempty"` // "after" of the next page; empty: this is the last
}

// AlarmShown is one of them.
type AlarmShown struct {
	ID      int64             `json:"id"`
	Kind    fmc.AlarmKind     `json:"kind"`
	About   string            `json:"about,omitempty"`
	Values  map[string]string `json:"values,omitempty"`
	Raised  time.Time         `json:"raised"`
	Cleared *time.Time        `json:"cleared,omitempty"` // absent: it goes on
	SeenBy  string            `json:"seen_by,omitempty"`
	Muted   *time.Time        `json:"muted_until,omitempty"`
}

// alarms lists the company's alarms: those that go on, or with all=true those that are over too.
func (a *API) alarms(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "all", "after", "limit")
	if err != nil {
		return nil, err
	}
	f := store.AlarmFilter{Open: q.Get("all") != "true"}
	if text := q.Get("after"); text != "" {
		if f.After, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, cause.Errorf(cause.Invalid, "after %q: take it from \"next\" of the page before", text)
		}
	}
	wanted, err := limitIn(q)
	if err != nil {
		return nil, err
	}
	all, next, err := pageOf(r.Context(), wanted, func(ctx context.Context, limit int) ([]store.Alarm, error) {
		f.Limit = limit
		return a.o.Store.For(c.Profile.ID).Alarms(ctx, f)
	}, func(x store.Alarm) string { return strconv.FormatInt(x.ID, 10) })
	if err != nil {
		return nil, err
	}
	page := AlarmsShown{Alarms: []AlarmShown{}, Next: next}
	for _, x := range all {
		page.Alarms = append(page.Alarms, AlarmShown{ID: x.ID, Kind: x.Kind, About: x.About, Values: x.Values, Raised: x.Raised.UTC(), Cleared: x.Cleared, SeenBy: x.SeenBy, Muted: x.Muted})
	}
	return page, nil
}
