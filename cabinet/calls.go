package cabinet

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/store"
)

// CallsShown is a page of a company's calls, newest first.
type CallsShown struct {
	Calls []CallLine `json:"calls"`
	Next  string     `json:"next,omitempty"` // "after" of the next page; empty: this is the last
}

// CallLine is a call in a list.
type CallLine struct {
	ID          fmc.CallID     `json:"id"`
	Began       time.Time      `json:"began"`
	Direction   string         `json:"direction"`
	Status      fmc.Status     `json:"status"`
	Client      string         `json:"client"`
	Number      string         `json:"number"` // of the company
	Employee    fmc.EmployeeID `json:"employee,omitempty"`
	Name        string         `json:"name,omitempty"` // of the employee
	Group       fmc.GroupID    `json:"group,omitempty"`
	Answered    *times.Seconds `json:"answered_s,omitempty"` // since it began
	Talked      times.Seconds  `json:"talked_s"`
	Ended       *times.Seconds `json:"ended_s,omitempty"` // since it began
	Cause       string         `json:"cause"`
	Recording   string         `json:"recording"`
	Interrupted bool           `json:"interrupted,omitempty"`
	MergedInto  *fmc.CallID    `json:"merged_into,omitempty"`
	ClientName  string         `json:"client_name,omitempty" doc:"Who the client is, where somebody wrote it."`
	Result      string         `json:"result,omitempty" doc:"What came of it, as who talked says: the id of one of the company's results."`
	ResultName  string         `json:"result_name,omitempty" doc:"The same in words, in the company's language."`
}

// calls returns a page of calls.
func (a *API) calls(r *http.Request) (any, error) {
	id, err := companyIn(r)
	if err != nil {
		return nil, err
	}
	filter, err := a.filterOf(r, id)
	if err != nil {
		return nil, err
	}
	return a.callsPage(r.Context(), id, filter)
}

// callsPage returns the page of calls that a filter chooses.
func (a *API) callsPage(ctx context.Context, id fmc.CompanyID, filter store.CallFilter) (CallsShown, error) {
	lines, next, err := pageOf(ctx, filter.Limit, func(ctx context.Context, limit int) ([]store.CallLine, error) {
		filter.Limit = limit
		return a.o.Store.For(id).Calls(ctx, filter)
	}, func(l store.CallLine) string { return placeOf(l.Began, string(l.ID)) })
	if err != nil {
		return CallsShown{}, err
	}
	page := CallsShown{Calls: []CallLine{}, Next: next}
	for _, l := range lines {
		shown := showLine(l)
		shown.ResultName = a.resultName(id, l.Result)
		page.Calls = append(page.Calls, shown)
	}
	return page, nil
}

func showLine(l store.CallLine) CallLine {
	return CallLine{
		ID: l.ID, Began: l.Began.UTC(), Direction: l.Direction, Status: l.Status, Client: l.Client, Number: l.Number,
		Employee: l.Employee, Name: l.EmployeeName, Group: l.Group, Answered: times.Maybe(l.Answered), Talked: times.In(l.Talked), Ended: times.Maybe(l.Ended),
		Cause: l.Cause, Recording: l.Recording, Interrupted: l.Interrupted, MergedInto: l.MergedInto, ClientName: l.Called, Result: l.Result,
	}
}

// filterOf reads the parameters of a list. Days are the company's.
func (a *API) filterOf(r *http.Request, id fmc.CompanyID) (store.CallFilter, error) {
	var f store.CallFilter
	q, err := query(r, "from", "to", "client", "employee", "group", "number", "direction", "status", "result", "merged", "private", "after", "limit")
	if err != nil {
		return f, err
	}
	f = store.CallFilter{
		Client: q.Get("client"), Employee: fmc.EmployeeID(q.Get("employee")), Group: fmc.GroupID(q.Get("group")), Number: q.Get("number"),
		Status: fmc.Status(q.Get("status")), Private: fmc.EmployeeID(q.Get("private")), Result: q.Get("result"),
	}
	zone := time.UTC
	if c, ok := a.o.Directory.Company(id); ok {
		zone = c.Profile.Zone
	}
	if f.From, f.To, err = a.fromTo(q, zone); err != nil {
		return f, err
	}
	if f.Status != "" && !slices.Contains(callStatuses, f.Status) {
		return f, noneOf("status", f.Status, callStatuses)
	}
	if text := q.Get("direction"); text != "" {
		if err := f.Direction.UnmarshalText([]byte(text)); err != nil {
			return f, cause.Errorf(cause.Invalid, "direction %q: write inbound, outbound or internal", text)
		}
	}
	if text := q.Get("merged"); text != "" {
		if f.Merged, err = strconv.ParseBool(text); err != nil {
			return f, cause.Errorf(cause.Invalid, "merged %q: write true or false", text)
		}
	}
	if f.Limit, err = limitIn(q); err != nil {
		return f, err
	}
	at, call, err := afterIn(q)
	f.After = store.CallMark{Began: at, ID: fmc.CallID(call)}
	return f, err
}

// fromTo reads the parameters from and to, moments that were.
func (a *API) fromTo(q url.Values, zone *time.Location) (from, to time.Time, err error) {
	for _, end := range []struct {
		name string
		into *time.Time
	}{{"from", &from}, {"to", &to}} {
		if text := q.Get(end.name); text != "" {
			if *end.into, err = times.Past(text, zone, a.o.Now()); err != nil {
				return from, to, cause.Errorf(cause.Invalid, "%s: %w", end.name, err)
			}
		}
	}
	return from, to, nil
}

// callIn takes company and call out of the path.
func (a *API) callIn(r *http.Request) (fmc.CompanyID, fmc.CallID, error) {
	id, err := companyIn(r)
	if err != nil {
		return "", "", err
	}
	call, err := idIn[fmc.CallID](r, "call")
	return id, call, err
}

// CallShown is one call: its record, and every plan that it followed.
type CallShown struct {
	Record fmc.Record    `json:"record"`
	Plans  []StoredShown `json:"plans"`
	File   string        `json:"file,omitempty"` // of the recording, within the recordings' folder
}

// StoredShown is one stored plan in words.
type StoredShown struct {
	Thread     int       `json:"thread"`
	Generation int64     `json:"generation"` // of the company's document
	At         time.Time `json:"at"`
	Words      []string  `json:"words"`
}

// call returns one call.
func (a *API) call(r *http.Request) (any, error) {
	id, call, err := a.callIn(r)
	if err != nil {
		return nil, err
	}
	record, err := a.recordIn(r, id, call)
	if err != nil {
		return nil, err
	}
	return a.showCall(r.Context(), id, record)
}

// showCall returns a call with the plans that it followed.
func (a *API) showCall(ctx context.Context, id fmc.CompanyID, record fmc.Record) (CallShown, error) {
	stored, err := a.o.Store.For(id).Plans(ctx, record.ID)
	if err != nil {
		return CallShown{}, err
	}
	shown := CallShown{Record: record, Plans: []StoredShown{}}
	if kept := record.Recording.Kept; kept != nil {
		shown.File = kept.File
	}
	for _, s := range stored {
		words := []string{"a plan that this build cannot read"}
		var p plan.Plan
		if json.Unmarshal(s.Plan, &p) == nil {
			words = p.Words()
		}
		shown.Plans = append(shown.Plans, StoredShown{Thread: s.Thread, Generation: s.Generation, At: s.At.UTC(), Words: words})
	}
	return shown, nil
}

// recordIn returns the record that a request is about. A call of a person alone is there for who asks as that person:
// parameter private.
func (a *API) recordIn(r *http.Request, id fmc.CompanyID, call fmc.CallID) (fmc.Record, error) {
	q, err := query(r, "private")
	if err != nil {
		return fmc.Record{}, err
	}
	return a.recordFor(r.Context(), id, call, fmc.EmployeeID(q.Get("private")))
}

// recordFor returns a record for who asks as a person; empty: as nobody.
func (a *API) recordFor(ctx context.Context, id fmc.CompanyID, call fmc.CallID, who fmc.EmployeeID) (fmc.Record, error) {
	record, err := a.o.Store.For(id).Call(ctx, call)
	if err == nil && record.Opened.Private && (record.Who.Employee == "" || record.Who.Employee != who) {
		return fmc.Record{}, cause.Errorf(cause.NotFound, "there is no call %s", call)
	}
	return record, err
}

// MinutesShown is what a call was, in plain lines.
type MinutesShown struct {
	Call    fmc.CallID `json:"call"`
	Minutes string     `json:"minutes"`
}

// minutes tells who was in conversation when, for whoever was not there.
func (a *API) minutes(r *http.Request) (any, error) {
	id, call, err := a.callIn(r)
	if err != nil {
		return nil, err
	}
	record, err := a.recordIn(r, id, call)
	if err != nil {
		return nil, err
	}
	return MinutesShown{Call: call, Minutes: fmc.Minutes(record)}, nil
}

// recording returns the sound of a call, as a WAV file.
func (a *API) recording(r *http.Request) (any, error) {
	id, call, err := a.callIn(r)
	if err != nil {
		return nil, err
	}
	record, err := a.recordIn(r, id, call)
	if err != nil {
		return nil, err
	}
	f, err := a.recordingOf(r.Context(), id, record)
	if err != nil {
		return nil, err
	}
	a.o.Log.Info("recording looked at", "company", id, "call", call)
	return sound{f, string(call) + ".wav"}, nil
}

// sound is a recording on its way out.
type sound struct {
	file *os.File
	name string
}

func (s sound) send(w http.ResponseWriter, r *http.Request) {
	defer func() { _ = s.file.Close() }()
	w.Header().Set("Content-Disposition", "attachment; filename=\""+s.name+"\"")
	sendSound(w, r, s.file)
}
