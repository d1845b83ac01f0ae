package cabinet

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// searchNames are the parameters by which people look for calls, in addresses that they keep and send to each other.
var searchNames = []string{
	"q", "from", "to", "employee", "group", "number", "client", "direction", "status", "talk", "talk_under", "wait", "wait_under", "taped", "tag", "result", "dow", "hour", "line", "private", "after",
}

// callStatuses are those that may be asked for.
var callStatuses = []fmc.Status{
	fmc.StatusOpen, fmc.StatusAnswered, fmc.StatusVoicemail, fmc.StatusMissed, fmc.StatusAbandoned, fmc.StatusNotAnswered, fmc.StatusRefused, fmc.StatusFailed,
}

// Search reads which calls somebody looks for, of those that the viewer may see. q is the end of a number (four digits
// and more), a number, or words: of a person's or a client's name, and, for those who may hear every call that they see, of what was
// written about calls. from and to are days of the
// company, both included; talk, talk_under, wait and wait_under are seconds; dow (0: Sunday) and hour are an hour of the
// week; status may be several, with blanks between.
func (a *API) Search(ctx context.Context, v access.Viewer, q url.Values) (store.CallFilter, error) {
	for name := range q {
		if !slices.Contains(searchNames, name) {
			return store.CallFilter{}, cause.Errorf(cause.Invalid, "parameter %q is not known: known here: %s", name, strings.Join(searchNames, ", "))
		}
	}
	c, ok := a.o.Directory.Company(v.Company)
	if !ok {
		return store.CallFilter{}, cause.Errorf(cause.NotFound, "there is no company %q on this node", v.Company)
	}
	f := store.CallFilter{
		Employee: fmc.EmployeeID(q.Get("employee")), Group: fmc.GroupID(q.Get("group")), Number: q.Get("number"), Client: q.Get("client"), Tag: q.Get("tag"), Line: fmc.LineID(q.Get("line")),
		Taped: q.Get("taped") != "", Result: q.Get("result"), Within: within(v, access.CallsRead),
	}
	if q.Get("private") != "" {
		if v.Employee == "" {
			return f, cause.Errorf(cause.Denied, "private calls are a person's: a service sees none")
		}
		f.Private, f.Within = v.Employee, nil
	}
	for _, read := range []func() error{
		func() error { return readDays(q, c.Profile.Zone, &f) },
		func() error { return readStatuses(q, &f) },
		func() error { return readSeconds(q, &f) },
		func() error { return readWeekHour(q, c.Profile.Zone, &f) },
		func() error { return a.readWords(ctx, v, q.Get("q"), &f) },
		func() error {
			at, id, err := placeIn(q.Get("after"))
			f.After = store.CallMark{Began: at, ID: fmc.CallID(id)}
			return err
		},
	} {
		if err := read(); err != nil {
			return f, err
		}
	}
	return f, nil
}

// Within is whose things a right of a viewer reaches, for a list; nil: everybody's.
func Within(v access.Viewer, right access.Right) *store.Within { return within(v, right) }

// readDays takes the days of the company from the first to the last.
func readDays(q url.Values, zone *time.Location, f *store.CallFilter) (err error) {
	if f.From, err = times.Day(q, "from", zone); err != nil {
		return err
	}
	if f.To, err = times.Day(q, "to", zone); err == nil && !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	return err
}

// noneOf says that what was asked for is none of the words that there are.
func noneOf[T ~string](what string, asked T, known []T) error {
	words := make([]string, len(known))
	for i, w := range known {
		words[i] = string(w)
	}
	return cause.Errorf(cause.Invalid, "%s %q: write one of %s", what, asked, strings.Join(words, ", "))
}

func readStatuses(q url.Values, f *store.CallFilter) error {
	for _, text := range strings.Fields(q.Get("status")) {
		status := fmc.Status(text)
		if !slices.Contains(callStatuses, status) {
			return noneOf("status", status, callStatuses)
		}
		f.Statuses = append(f.Statuses, status)
	}
	if len(f.Statuses) == 1 {
		f.Status, f.Statuses = f.Statuses[0], nil
	}
	if text := q.Get("direction"); text != "" {
		if err := f.Direction.UnmarshalText([]byte(text)); err != nil {
			return cause.Errorf(cause.Invalid, "direction %q: write inbound, outbound or internal", text)
		}
	}
	return nil
}

// readSeconds takes how long calls took.
func readSeconds(q url.Values, f *store.CallFilter) error {
	for name, into := range map[string]*time.Duration{"talk": &f.Talk.Least, "talk_under": &f.Talk.Under, "wait": &f.Wait.Least, "wait_under": &f.Wait.Under} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		s, err := strconv.ParseUint(text, 10, 20)
		if err != nil {
			return cause.Errorf(cause.Invalid, "%s %q: write seconds", name, text)
		}
		*into = time.Duration(s) * time.Second
	}
	return nil
}

func readWeekHour(q url.Values, zone *time.Location, f *store.CallFilter) error {
	if q.Get("dow") == "" && q.Get("hour") == "" {
		return nil
	}
	day, err := strconv.ParseUint(q.Get("dow"), 10, 8)
	hour, err2 := strconv.ParseUint(q.Get("hour"), 10, 8)
	if err != nil || err2 != nil || day > 6 || hour > 23 {
		return cause.Errorf(cause.Invalid, "an hour of the week: write dow from 0 (Sunday) to 6 and hour from 0 to 23")
	}
	f.Week = &store.WeekHour{Day: time.Weekday(day), Hour: int(hour), Zone: zone}
	return nil
}

// Of a number's end so many digits are enough to be looked for, and of so many it is a whole number.
const (
	digitsLeast = 4
	digitsWhole = 11
)

// readWords takes what somebody typed: digits are of a client's number.
func (a *API) readWords(ctx context.Context, v access.Viewer, text string, f *store.CallFilter) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	digits := strings.Map(func(c rune) rune {
		if strings.ContainsRune(" -()+\u00a0", c) {
			return -1
		}
		return c
	}, text)
	numeral := digits != "" && strings.Trim(digits, "0123456789") == ""
	switch {
	case numeral && strings.HasPrefix(text, "+"):
		f.Client = "+" + digits
		return nil
	case numeral && len(digits) >= digitsWhole: // however it was written, the last ten digits tell it
		f.Digits = digits[len(digits)-10:]
		return nil
	case numeral && len(digits) >= digitsLeast:
		f.Digits = digits
		return nil
	}
	found, err := a.o.Store.For(v.Company).Find(ctx, text)
	if v.Reach(access.RecordingsListen) < v.Reach(access.CallsRead) { // what is written about a call is read by those who may hear it
		found.Calls = nil
	}
	f.Found = &found
	return err
}
