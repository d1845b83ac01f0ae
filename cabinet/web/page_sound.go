package web

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/store"
)

var soundRoutes = []route{
	{pattern: "GET /calls/{call}/audio", right: access.RecordingsListen, do: audio},
	{pattern: "GET /calls/{call}/peaks", right: access.RecordingsListen, do: peaks},
	{pattern: "POST /calls/{call}/comments", right: access.CommentsWrite, do: addComment},
	{pattern: "POST /comments/{comment}", right: access.CommentsWrite, do: changeComment},
	{pattern: "POST /comments/{comment}/delete", right: access.CommentsWrite, do: deleteComment},
	{pattern: "POST /calls/{call}/tags", right: access.CommentsWrite, do: addTag},
	{pattern: "POST /calls/{call}/tags/delete", right: access.CommentsWrite, do: removeTag},
}

// callNotes is what people left at a call: words, and comments.
type callNotes struct {
	Call     fmc.CallID
	Tags     []string
	Comments []callComment
	Writes   bool // the visitor may add some
	Hears    bool // there is a recording, on whose moments they may stand
}

// callComment is a comment on a call.
type callComment struct {
	ID      string
	At      moment
	Author  string
	Moment  int // seconds of the recording
	Timed   bool
	Span    time.Duration // as Moment
	Body    string
	Edited  bool
	Deleted string // by whom; empty: it stands
	Mine    bool
	Deletes bool // the visitor may delete it
}

// callNotes reads what people left at a call that the visitor sees.
func (v *visit) callNotes(call fmc.CallID, hears bool) (*callNotes, error) {
	all, err := v.site.o.API.Comments(v.ctx(), v.viewer, call)
	if err != nil {
		return nil, err
	}
	marks, err := v.keep().MarksOf(v.ctx(), []fmc.CallID{call})
	if err != nil {
		return nil, err
	}
	notes := &callNotes{Call: call, Tags: marks[call].Tags, Writes: v.viewer.May(access.CommentsWrite), Hears: hears}
	for _, c := range all {
		notes.Comments = append(notes.Comments, v.callComment(c))
	}
	return notes, nil
}

func (v *visit) callComment(c store.Comment) callComment {
	shown := callComment{
		ID: c.ID, At: v.at(c.At), Author: v.personName(c.Author), Body: c.Body, Edited: c.Edited != nil,
		Mine: c.Author == v.viewer.Employee && c.Deleted == nil,
	}
	shown.Deletes = c.Deleted == nil && (shown.Mine || v.viewer.Reach(access.CommentsWrite) == access.Company)
	if c.Moment != nil {
		shown.Timed, shown.Span, shown.Moment = true, *c.Moment, int(c.Moment.Seconds())
	}
	if c.Deleted != nil {
		shown.Deleted = v.personName(c.DeletedBy)
	}
	return shown
}

// personName is what somebody of the company is called; an id where the company knows them no more.
func (v *visit) personName(id fmc.EmployeeID) string {
	if e, ok := v.company.Employee(id); ok {
		return e.Name
	}
	return string(id)
}

// callPath is the call's page, at its comments.
func callPath(call fmc.CallID) string { return "/calls/" + string(call) + "#comments" }

func addComment(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	var at *time.Duration
	if text := f.Value("moment"); text != "" {
		s, err := strconv.ParseUint(text, 10, 31)
		if err == nil {
			d := time.Duration(s) * time.Second
			at = &d
		}
	}
	call := fmc.CallID(v.PathValue("call"))
	if _, err := v.site.o.API.Comment(v.ctx(), v.viewer, call, at, f.Value("body")); err != nil {
		return nil, err
	}
	if v.Header.Get("Roadline-Player") != "" { // the player goes on where it is
		return stream(func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusNoContent); return nil }), nil
	}
	return redirect{callPath(call), notice{Text: v.say("sound.comment-kept")}}, nil
}

func changeComment(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	call, err := v.site.o.API.ChangeComment(v.ctx(), v.viewer, v.PathValue("comment"), f.Value("body"))
	if err != nil {
		return nil, err
	}
	return redirect{callPath(call), notice{Text: v.say("sound.comment-changed")}}, nil
}

func deleteComment(v *visit) (answer, error) {
	call, err := v.site.o.API.DeleteComment(v.ctx(), v.viewer, v.PathValue("comment"))
	if err != nil {
		return nil, err
	}
	return redirect{callPath(call), notice{Text: v.say("sound.comment-deleted")}}, nil
}

func addTag(v *visit) (answer, error)    { return v.tag(true) }
func removeTag(v *visit) (answer, error) { return v.tag(false) }

func (v *visit) tag(on bool) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	call := fmc.CallID(v.PathValue("call"))
	if err := v.site.o.API.Tag(v.ctx(), v.viewer, call, f.Value("tag"), on); err != nil {
		return nil, err
	}
	return redirect{to: callPath(call)}, nil
}

// audio is the sound of a call.
func audio(v *visit) (answer, error) {
	call := fmc.CallID(v.PathValue("call"))
	f, err := v.site.o.API.Sound(v.ctx(), v.viewer, call)
	if err != nil {
		return nil, err
	}
	return wav{f}, nil
}

// wav is a sound, in parts where the browser asks for parts.
type wav struct{ sound io.ReadSeeker }

func (s wav) send(w http.ResponseWriter, v *visit) (err error) {
	if file, ok := s.sound.(io.Closer); ok {
		defer func() { _ = file.Close() }()
	}
	cabinet.SendSound(w, v.Request, s.sound, func() {
		p := problemPage{Title: v.say("problem.beyond"), Advice: v.say("problem.beyond-advice"), ID: v.id, Back: "/"}
		err = page{screen: "problem", title: p.Title, view: p, status: http.StatusRequestedRangeNotSatisfiable}.send(w, v)
	})
	return err
}

// peaks is how loud the recording is from moment to moment, for the player's picture.
func peaks(v *visit) (answer, error) {
	drawn, err := v.site.o.API.Peaks(v.ctx(), v.viewer, fmc.CallID(v.PathValue("call")))
	if err != nil {
		return nil, err
	}
	return stream(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", "private, max-age=3600")
		_, _ = w.Write(drawn) // who asked may have gone
		return nil
	}), nil
}
