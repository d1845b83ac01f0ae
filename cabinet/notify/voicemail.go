package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/recording"
	"roadline/store"
	"roadline/store/jobs"
)

const (
	soundWait  = time.Hour        // how long a letter waits for the recording of its call
	soundAgain = 5 * time.Second  // between two looks
	soundMost  = 10 * time.Minute // of sound in a letter: 9.6 MB, which every mail server takes
)

// voicemail mails a message that was left.
func (d *Desk) voicemail(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, err := d.company(t)
	if err != nil {
		return nil, err
	}
	v, err := d.o.Store.For(t.Company).VoicemailMessage(ctx, t.Call, t.N)
	if err != nil {
		return nil, err
	}
	to := mailbox(c, v)
	if to == "" || d.o.Post == nil {
		return nil, nil
	}
	l := d.letter(t, c, to)
	l.Date = v.At.In(zone(c))
	if l.Sound, err = d.sound(ctx, t, v); err != nil {
		return nil, err
	}
	w := wordsOf(c)
	whom := nameOf(c, v.Employee)
	if v.Employee == "" {
		whom = groupName(c, v.Group)
	}
	l.Subject = fmt.Sprintf(w.mailSubject, whom, w.number(v.Client), minutes(v.To-v.From))
	l.Text = fmt.Sprintf(w.mailText, w.number(v.Client), whom, w.at(c, v.At), minutes(v.To-v.From))
	switch {
	case l.Sound == nil:
		l.Text += w.mailSilent
	case v.To-v.From > soundMost:
		l.Text += fmt.Sprintf(w.mailCut, minutes(soundMost))
	default:
		l.Text += w.mailSound
	}
	if v.Client != "" {
		l.Text += fmt.Sprintf(w.callBack, v.Client)
	}
	l.Text += fmt.Sprintf(w.call, v.Call)
	return nil, d.o.Post.Send(ctx, l)
}

// mailbox is where a message is mailed to: of the person whom it is for, else of the group; empty: nowhere.
func mailbox(c *fmc.Company, v store.Voicemail) string {
	if e, ok := c.Employee(v.Employee); ok {
		return cmp.Or(e.Voicemail.Mail, e.Mail)
	}
	if g, ok := c.Group(v.Group); ok {
		return g.Mailbox.Mail
	}
	return ""
}

// sound is a message as a WAV file, cut out of the recording of its call, which is there some seconds after the call. It
// is nil where there is none, or none for an hour.
func (d *Desk) sound(ctx context.Context, t jobs.Task, v store.Voicemail) ([]byte, error) {
	r, err := d.o.Store.For(t.Company).Call(ctx, v.Call)
	if err != nil {
		return nil, err
	}
	k := r.Recording.Kept
	if k == nil {
		if d.o.Now().Sub(t.Accepted) > soundWait || r.Recording.State == fmc.TapeFailed {
			return nil, nil
		}
		return nil, jobs.Later(soundAgain, "the recording of its call is not there yet")
	}
	if !filepath.IsLocal(k.File) {
		return nil, d.lost(t, cause.Errorf(cause.Unsupported, "%q is no recording of ours", k.File))
	}
	file, err := os.OpenInRoot(d.o.Recordings, k.File)
	if err != nil {
		return nil, d.lost(t, err)
	}
	defer func() { _ = file.Close() }()
	wav, err := recording.Excerpt(file, v.From-k.Opened, min(v.To, v.From+soundMost)-k.Opened)
	if err != nil {
		return nil, d.lost(t, err)
	}
	return wav, nil
}

// lost lets a letter go without its sound, where that is gone for good.
func (d *Desk) lost(t jobs.Task, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, cause.NotFound) || errors.Is(err, cause.Unsupported) {
		d.o.Log.Error("voicemail is mailed without its sound", "company", t.Company, "call", t.Call, "err", err)
		return nil
	}
	return fmt.Errorf("cut a message out of its call's recording: %w", err)
}
