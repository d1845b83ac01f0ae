package cabinet

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/recording"
	"roadline/store"
)

// VoicemailsShown is a page of messages that were left, newest first.
type VoicemailsShown struct {
	Messages []VoicemailShown `json:"messages"`
	Next     string           `json:"next,omitempty"` // "after" of the next page; empty: this is the last
}

// VoicemailShown is one message that was left.
type VoicemailShown struct {
	Call     fmc.CallID     `json:"call"`
	N        int            `json:"n"` // its place in the call, from 0
	At       time.Time      `json:"at"`
	Group    fmc.GroupID    `json:"group,omitempty"`
	Employee fmc.EmployeeID `json:"employee,omitempty"` // for whom; absent: for the group
	Client   string         `json:"client,omitempty"`   // who left it; absent: hidden
	Length   times.Seconds  `json:"length_s"`
	Heard    *time.Time     `json:"heard,omitempty"`
	HeardBy  fmc.EmployeeID `json:"heard_by,omitempty"`
}

func showVoicemail(v store.Voicemail) VoicemailShown {
	return VoicemailShown{
		Call: v.Call, N: v.N, At: v.At.UTC(), Group: v.Group, Employee: v.Employee, Client: v.Client, Length: times.In(v.To - v.From), Heard: v.Heard, HeardBy: v.HeardBy,
	}
}

// voicemails returns a page of messages.
func (a *API) voicemails(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "from", "to", "employee", "group", "client", "new", "after", "limit")
	if err != nil {
		return nil, err
	}
	f := store.VoicemailFilter{Employee: fmc.EmployeeID(q.Get("employee")), Group: fmc.GroupID(q.Get("group")), Client: q.Get("client")}
	if text := q.Get("new"); text != "" {
		if f.New, err = strconv.ParseBool(text); err != nil {
			return nil, cause.Errorf(cause.Invalid, "new %q: write true or false", text)
		}
	}
	if f.From, f.To, err = a.fromTo(q, c.Profile.Zone); err != nil {
		return nil, err
	}
	if f.After, err = itemAfter(q); err != nil {
		return nil, err
	}
	if f.Limit, err = limitIn(q); err != nil {
		return nil, err
	}
	return a.voicemailPage(r.Context(), c.Profile.ID, f)
}

// voicemailPage returns the page of messages that a filter chooses.
func (a *API) voicemailPage(ctx context.Context, id fmc.CompanyID, f store.VoicemailFilter) (VoicemailsShown, error) {
	all, next, err := pageOf(ctx, f.Limit, func(ctx context.Context, limit int) ([]store.Voicemail, error) {
		f.Limit = limit
		return a.o.Store.For(id).Voicemail(ctx, f)
	}, func(x store.Voicemail) string { return itemPlace(x.Mark()) })
	if err != nil {
		return VoicemailsShown{}, err
	}
	page := VoicemailsShown{Messages: []VoicemailShown{}, Next: next}
	for _, v := range all {
		page.Messages = append(page.Messages, showVoicemail(v))
	}
	return page, nil
}

// voicemailIn returns the message that a path means.
func (a *API) voicemailIn(r *http.Request) (fmc.CompanyID, store.Voicemail, error) {
	id, call, err := a.callIn(r)
	if err != nil {
		return "", store.Voicemail{}, err
	}
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 32)
	if err != nil {
		return "", store.Voicemail{}, cause.Errorf(cause.NotFound, "there is no such message of call %s", call)
	}
	v, err := a.o.Store.For(id).VoicemailMessage(r.Context(), call, int(n))
	return id, v, err
}

// voicemailSound returns the sound of a message, as a WAV file of one channel.
func (a *API) voicemailSound(r *http.Request) (any, error) {
	id, v, err := a.voicemailIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.soundOf(r.Context(), id, v)
}

// soundOf cuts a message out of the recording of its call.
func (a *API) soundOf(ctx context.Context, id fmc.CompanyID, v store.Voicemail) (excerpt, error) {
	record, err := a.o.Store.For(id).Call(ctx, v.Call)
	if err != nil {
		return excerpt{}, err
	}
	f, err := a.recordingOf(ctx, id, record)
	if err != nil {
		return excerpt{}, err
	}
	defer func() { _ = f.Close() }()
	begins := record.Recording.Kept.Opened
	wav, err := recording.Excerpt(f, v.From-begins, v.To-begins)
	if err != nil {
		return excerpt{}, err
	}
	a.o.Log.Info("message listened to", "company", id, "call", v.Call)
	return excerpt{wav, string(v.Call) + "-" + strconv.Itoa(v.N) + ".wav"}, nil
}

// excerpt is a part of a recording on its way out.
type excerpt struct {
	wav  []byte
	name string
}

func (e excerpt) send(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Content-Disposition", "attachment; filename=\""+e.name+"\"")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(e.wav)))
	_, _ = w.Write(e.wav) // who asked may have gone
}

// Heard says who heard a message.
type Heard struct {
	By fmc.EmployeeID `json:"by"`
}

// voicemailHeard marks a message as heard, and returns it.
func (a *API) voicemailHeard(r *http.Request) (any, error) {
	id, v, err := a.voicemailIn(r)
	if err != nil {
		return nil, err
	}
	var h Heard
	if err := read(r, &h); err != nil {
		return nil, err
	}
	if err := oneLine("by", "who heard it", string(h.By), mostAuthor); err != nil {
		return nil, err
	}
	return a.markHeard(r.Context(), id, v, h.By)
}

func (a *API) markHeard(ctx context.Context, id fmc.CompanyID, v store.Voicemail, by fmc.EmployeeID) (VoicemailShown, error) {
	tenant := a.o.Store.For(id)
	if err := tenant.MarkHeard(ctx, v.Call, v.N, by); err != nil {
		return VoicemailShown{}, err
	}
	if a.o.Node.Heard != nil {
		a.o.Node.Heard(id, v.Prompt())
	}
	v, err := tenant.VoicemailMessage(ctx, v.Call, v.N)
	return showVoicemail(v), err
}

// oneLine refuses a text that must be there, on one line of so many bytes at most.
func oneLine(name, what, text string, most int) error {
	if strings.TrimSpace(text) == "" || len(text) > most || strings.ContainsFunc(text, unicode.IsControl) {
		return cause.Errorf(cause.Invalid, "%s: write %s, on one line of at most %d bytes", name, what, most)
	}
	return nil
}

// recordingOf opens the file of a call's recording. No path leads out of the company's own folder.
func (a *API) recordingOf(ctx context.Context, id fmc.CompanyID, record fmc.Record) (*os.File, error) {
	kept := record.Recording.Kept
	if kept == nil {
		return nil, cause.Errorf(cause.NotFound, "call %s has no recording: the tape is %q", record.ID, record.Recording.State)
	}
	switch filed, err := a.o.Store.For(id).Recording(ctx, record.ID); {
	case errors.Is(err, cause.NotFound): // it was delivered a moment ago
	case err != nil:
		return nil, err
	case filed.Gone != nil: // its files may lie there for a moment longer; what was missing may be back
		return nil, filed.Heard()
	}
	file := path.Clean(kept.File)
	if folder, _, _ := strings.Cut(file, "/"); folder != string(id) { // each company's stand in a folder of their own
		return nil, cause.Errorf(cause.NotFound, "the recording of call %s is not the company's", record.ID)
	}
	folder, err := os.OpenRoot(a.o.Recordings) // no path leads out of it, nor does a link
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "recordings: %w", err)
	}
	defer func() { _ = folder.Close() }()
	f, err := folder.Open(file)
	if err != nil {
		return nil, cause.Errorf(cause.NotFound, "the recording of call %s is not on this machine any more: %w", record.ID, err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, cause.Errorf(cause.NotFound, "the recording of call %s is no file", record.ID)
	}
	return f, nil
}
