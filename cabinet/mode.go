package cabinet

import (
	"net/http"
	"strings"
	"time"
	"unicode"

	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// Mode says how a person wishes to be rung.
type Mode struct {
	Mode  string `json:"mode"`            // "on", "mobile" or "dnd"
	Until string `json:"until,omitempty"` // as Moment reads it: "18:30"; empty: until they say otherwise
	For   string `json:"for,omitempty"`   // in place of Until: "2h"
	By    string `json:"by,omitempty"`    // who sets it, where the request itself does not say; empty: the person
}

// ModeShown is how a person wishes to be rung now.
type ModeShown struct {
	Employee fmc.EmployeeID `json:"employee"`
	Name     string         `json:"name"`
	Mode     fmc.ModeKind   `json:"mode"`
	Until    *time.Time     `json:"until,omitempty"`
	Set      *time.Time     `json:"set,omitempty"` // when it was set last; absent: never
	By       string         `json:"by,omitempty"`  // who did
}

// mostMode is how long a mode with an end may last.
const mostMode = 366 * 24 * time.Hour

// read reads a mode that is set now. Errors are of kind cause.Invalid.
func (m Mode) read(c *fmc.Company, e *fmc.Employee, now time.Time) (fmc.Mode, error) {
	var mode fmc.Mode
	if err := mode.Kind.UnmarshalText([]byte(m.Mode)); err != nil {
		return mode, cause.Errorf(cause.Invalid, "mode %q: write on, mobile or dnd", m.Mode)
	}
	switch {
	case mode.Kind == fmc.MobileOnly && !e.HasMobile():
		return mode, cause.Errorf(cause.Invalid, "mode: %s has no mobile that could ring alone", e.ID)
	case m.Until != "" && m.For != "":
		return mode, cause.Errorf(cause.Invalid, "until and for: write one of them")
	case mode.Kind == fmc.Available && m.Until+m.For != "":
		return mode, cause.Errorf(cause.Invalid, "mode on: it has no end: leave until and for out")
	case len(m.By) > mostAuthor || strings.ContainsFunc(m.By, unicode.IsControl):
		return mode, cause.Errorf(cause.Invalid, "by: write one line of at most %d bytes", mostAuthor)
	}
	var err error
	switch {
	case m.For != "":
		var lasts time.Duration
		if lasts, err = time.ParseDuration(m.For); err != nil {
			return mode, cause.Errorf(cause.Invalid, "for %q: write a time as \"2h\" or \"1h30m\"", m.For)
		}
		mode.Until = now.Add(lasts)
	case m.Until != "":
		if mode.Until, err = times.Read(m.Until, c.Profile.Zone, now); err != nil {
			return mode, cause.Errorf(cause.Invalid, "until: %w", err)
		}
	default:
		return mode, nil
	}
	if !mode.Until.After(now) || mode.Until.Sub(now) > mostMode {
		return mode, cause.Errorf(cause.Invalid, "the mode ends at %s: write a moment to come, within a year", mode.Until.Format(time.RFC3339))
	}
	mode.Until = mode.Until.UTC()
	return mode, nil
}

// SetMode sets how a person of a company wishes to be rung, from now on. By is who asks.
func (a *API) SetMode(c *fmc.Company, e *fmc.Employee, m Mode, by string) (ModeShown, error) {
	now := a.o.Now()
	mode, err := m.read(c, e, now)
	if err != nil {
		return ModeShown{}, err
	}
	set := fmc.ModeSet{At: now.UTC(), Employee: e.ID, Mode: mode, By: by}
	if err := a.o.Node.SetMode(c.Profile.ID, set); err != nil {
		return ModeShown{}, err
	}
	a.o.Log.Info("mode set", "company", c.Profile.ID, "account", e.ID, "state", mode.Kind.String())
	return shownMode(e, set, now), nil
}

// ModeOf is how a person of a company wishes to be rung now.
func (a *API) ModeOf(c *fmc.Company, e *fmc.Employee) ModeShown {
	return shownMode(e, a.o.Node.Modes(c.Profile.ID)[e.ID], a.o.Now())
}

func shownMode(e *fmc.Employee, set fmc.ModeSet, now time.Time) ModeShown {
	mode := set.Mode.At(now)
	s := ModeShown{Employee: e.ID, Name: e.Name, Mode: mode.Kind}
	if !mode.Until.IsZero() {
		until := mode.Until.UTC()
		s.Until = &until
	}
	if at := set.At.UTC(); !set.At.IsZero() {
		s.Set, s.By = &at, set.By
	}
	return s
}

// setMode takes how a person wishes to be rung.
func (a *API) setMode(r *http.Request) (any, error) {
	c, e, err := a.employeeIn(r)
	if err != nil {
		return nil, err
	}
	var m Mode
	if err := read(r, &m); err != nil {
		return nil, err
	}
	by := m.By
	if by == "" {
		by = string(e.ID)
	}
	return a.SetMode(c, e, m, by)
}

// modes lists the company's people, and how each wishes to be rung.
func (a *API) modes(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	shown := make([]ModeShown, 0, len(c.Employees))
	for i := range c.Employees {
		shown = append(shown, a.ModeOf(c, &c.Employees[i]))
	}
	return shown, nil
}
