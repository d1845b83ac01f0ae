package notify

import (
	"context"
	"fmt"

	"roadline/fmc"
	"roadline/store"
	"roadline/store/jobs"
)

// open returns the task of a client who should be called back, and whether that still is so: not where a call back that
// was promised was put off.
func (d *Desk) open(ctx context.Context, t jobs.Task) (*fmc.Company, store.MissedTask, bool, error) {
	c, err := d.company(t)
	if err != nil {
		return nil, store.MissedTask{}, false, err
	}
	m, err := d.o.Store.For(t.Company).MissedTask(ctx, t.Call)
	stands := m.Promised == "" || m.Due.Unix() == int64(t.N)
	return c, m, m.State == store.MissedOpen && stands, err
}

// due reminds the owner of a task whose deadline is over; of one that nobody owns the group's head.
func (d *Desk) due(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, m, open, err := d.open(ctx, t)
	if err != nil || !open || d.o.Post == nil {
		return nil, err
	}
	if to := mailOf(c, m.Owner); to != "" {
		return each(dueLetter, t, []string{to}), nil
	}
	return each(dueLetter, t, above(c, m)), nil
}

// escalate tells whoever stands above the owner.
func (d *Desk) escalate(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, m, open, err := d.open(ctx, t)
	if err != nil || !open || d.o.Post == nil {
		return nil, err
	}
	return each(escalateLetter, t, above(c, m)), nil
}

// above is who is told where the owner did nothing: the group's head, or where that is the owner, or nobody with a mail
// address, whoever is told of alerts.
func above(c *fmc.Company, m store.MissedTask) []string {
	if g, ok := c.Group(m.Group); ok && g.Head != m.Owner {
		if to := mailOf(c, g.Head); to != "" {
			return []string{to}
		}
	}
	return c.Rules.Alerts
}

// missedLetter mails what is known of a task, if it is open still.
func (d *Desk) missedLetter(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, m, open, err := d.open(ctx, t)
	if err != nil || !open || d.o.Post == nil {
		return nil, err
	}
	w := wordsOf(c)
	l := d.letter(t, c, t.To)
	subject := w.dueSubject
	if t.Kind == escalateLetter {
		subject = w.escalateSubject
	}
	l.Subject = fmt.Sprintf(subject, w.number(m.Client))
	if m.Promised != "" {
		l.Text = fmt.Sprintf(w.promisedText, w.number(m.Client), w.at(c, m.First), w.at(c, m.Due))
	} else {
		l.Text = fmt.Sprintf(w.missedText, w.number(m.Client), w.at(c, m.First), w.at(c, m.Last), len(m.Calls), w.at(c, m.Due))
	}
	if m.Owner != "" {
		l.Text += fmt.Sprintf(w.owner, nameOf(c, m.Owner))
	}
	if m.Group != "" {
		l.Text += fmt.Sprintf(w.group, groupName(c, m.Group))
	}
	advice := w.missedAdvice
	if m.Client == "" {
		advice = w.hiddenAdvice
	}
	l.Text += advice + fmt.Sprintf(w.call, m.ID)
	return nil, d.o.Post.Send(ctx, l)
}

// missedText texts the client what the company promises, if nobody talked with them meanwhile.
func (d *Desk) missedText(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, m, open, err := d.open(ctx, t)
	if err != nil || !open {
		return nil, err
	}
	return nil, d.text(ctx, t, m.Client, c.Rules.Missed.Text)
}
