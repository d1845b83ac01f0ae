package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/jobs"
)

// alertPause is how long after a letter about a kind of alert of a person the next one comes, with all that happened.
const alertPause = 10 * time.Minute

// alert tells the company of an alert, and the person where that is wanted.
func (d *Desk) alert(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, err := d.company(t)
	if err != nil {
		return nil, err
	}
	a, err := d.o.Store.For(t.Company).Alert(ctx, t.Call, t.N)
	if err != nil {
		return nil, err
	}
	d.o.Log.Warn("alert", "company", t.Company, "call", t.Call, "text", a.Kind)
	var then []jobs.Task
	if d.o.Post != nil {
		to := c.Rules.Alerts
		if a.Person {
			to = append(to[:len(to):len(to)], mailOf(c, a.Employee))
		}
		then = each(gatherLetter, t, to)
	}
	if a.Person && d.o.Texter != nil {
		then = append(then, each(gatherText, t, []string{mobileOf(c, a.Employee)})...)
	}
	for i := range then {
		then[i].Key = fmt.Sprintf("%s %s %s", then[i].To, a.Kind, a.Employee)
	}
	return then, nil
}

// mobileOf is the E.164 of a person's mobile; empty: there is none.
func mobileOf(c *fmc.Company, id fmc.EmployeeID) string {
	e, ok := c.Employee(id)
	if !ok {
		return ""
	}
	for _, device := range e.Devices {
		if device.Kind == fmc.Mobile {
			return device.Number.E164
		}
	}
	return ""
}

// alerts are those that a task is about, in the order of their time.
func (d *Desk) alerts(ctx context.Context, t jobs.Task) ([]store.Alert, error) {
	tenant := d.o.Store.For(t.Company)
	var all []store.Alert
	for _, o := range append(t.Also[:len(t.Also):len(t.Also)], jobs.Object{Call: t.Call, N: t.N}) {
		a, err := tenant.Alert(ctx, o.Call, o.N)
		if errors.Is(err, cause.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	if len(all) == 0 {
		return nil, cause.Errorf(cause.NotFound, "its alerts are gone")
	}
	return all, nil
}

// alertLetter mails alerts of one kind of one person.
func (d *Desk) alertLetter(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, err := d.company(t)
	if err != nil || d.o.Post == nil {
		return nil, err
	}
	all, err := d.alerts(ctx, t)
	if err != nil {
		return nil, err
	}
	w, first := wordsOf(c), all[0]
	l := d.letter(t, c, t.To)
	kind, known := w.alerts[first.Kind]
	if !known {
		kind.subject = first.Kind
	}
	l.Subject = fmt.Sprintf(w.alertSubject, kind.subject)
	if n := len(all) + t.More; n > 1 {
		l.Subject += fmt.Sprintf(" (%d)", n)
	}
	var text strings.Builder
	for _, a := range all {
		fmt.Fprintf(&text, w.alertLine, w.at(c, a.At), oneLine(a.Text), a.Call)
	}
	text.WriteString(w.more(t.More))
	if known {
		text.WriteString("\n" + kind.advice + "\n")
	}
	text.WriteString(w.alertEnd)
	l.Text = text.String()
	return nil, d.o.Post.Send(ctx, l)
}

// alertText texts a person what they are alerted of.
func (d *Desk) alertText(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, err := d.company(t)
	if err != nil {
		return nil, err
	}
	all, err := d.alerts(ctx, t)
	if err != nil {
		return nil, err
	}
	text := oneLine(all[0].Text)
	if n := len(all) - 1 + t.More; n > 0 {
		text += " " + oneLine(wordsOf(c).more(n))
	}
	return nil, d.text(ctx, t, t.To, text)
}

// text sends a text; one that no card will ever send is given up.
func (d *Desk) text(ctx context.Context, t jobs.Task, to, text string) error {
	if d.o.Texter == nil || to == "" || text == "" {
		return nil
	}
	err := d.o.Texter.Text(ctx, t.Company, to, text)
	if err == nil || errors.Is(err, cause.Unavailable) {
		return err
	}
	return cause.Errorf(cause.Invalid, "no text is sent: %w", err)
}
