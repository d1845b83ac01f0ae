package cabinet

import (
	"context"
	"math"
	"net/http"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

const aboutComments = "Comments and tags"

// CommentShown is what somebody wrote about a call.
type CommentShown struct {
	ID        string         `json:"id"`
	At        time.Time      `json:"at"` // when it was written
	By        fmc.EmployeeID `json:"by"`
	Moment    *times.Seconds `json:"at_s,omitempty" doc:"Of the recording; absent: it is on the whole call."`
	Text      string         `json:"text" doc:"Empty once it is deleted."`
	Edited    *time.Time     `json:"edited,omitempty"`
	Deleted   *time.Time     `json:"deleted,omitempty"`
	DeletedBy fmc.EmployeeID `json:"deleted_by,omitempty"`
}

func showComment(c store.Comment) CommentShown {
	return CommentShown{
		ID: c.ID, At: c.At.UTC(), By: c.Author, Moment: times.Maybe(c.Moment), Text: c.Body, Edited: c.Edited, Deleted: c.Deleted, DeletedBy: c.DeletedBy,
	}
}

// commentIn is what somebody writes about a call.
type commentIn struct {
	CallPath
	Body struct {
		Text   string   `json:"text" minLength:"1" maxLength:"4000"`
		Moment *float64 `json:"at_s,omitempty" minimum:"0" maximum:"1000000" doc:"Seconds since the recording's beginning; left out: it is on the whole call."`
	}
}

// tagIn names a word on a call.
type tagIn struct {
	CallPath
	Tag string `path:"tag" maxLength:"60" doc:"The word; capital letters become small ones."`
}

func addComments(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/calls/{call}/comments", id: "comments.list", about: aboutComments, right: access.RecordingsListen,
		summary: "List the comments on a call", more: "The oldest first, for whoever may listen to it.",
	}, p.listComments)
	add(p, operation{
		method: http.MethodPost, path: "/calls/{call}/comments", id: "comments.write", about: aboutComments, right: access.CommentsWrite,
		summary: "Comment on a call",
	}, p.writeComment)
	add(p, operation{
		method: http.MethodPut, path: "/comments/{comment}", id: "comments.change", about: aboutComments, right: access.CommentsWrite,
		summary: "Change a comment of your own", more: "What it said before is kept.",
	}, p.changeComment)
	add(p, operation{
		method: http.MethodDelete, path: "/comments/{comment}", id: "comments.delete", about: aboutComments, right: access.CommentsWrite,
		summary: "Delete a comment", more: "Your own; anybody's where your right reaches the whole company. That there was one, and who deleted it, stays.",
	}, p.deleteComment)
	add(p, operation{
		method: http.MethodGet, path: "/calls/{call}/tags", id: "tags.list", about: aboutComments, right: access.CallsRead,
		summary: "List the tags of a call",
	}, p.listTags)
	add(p, operation{
		method: http.MethodPut, path: "/calls/{call}/tags/{tag}", id: "tags.add", about: aboutComments, right: access.CommentsWrite,
		summary: "Put a tag on a call", more: "Nothing changes where it has the tag already.",
	}, func(ctx context.Context, who asker, in *tagIn) (Done, error) { return p.tag(ctx, who, in, true) })
	add(p, operation{
		method: http.MethodDelete, path: "/calls/{call}/tags/{tag}", id: "tags.remove", about: aboutComments, right: access.CommentsWrite,
		summary: "Take a tag off a call",
	}, func(ctx context.Context, who asker, in *tagIn) (Done, error) { return p.tag(ctx, who, in, false) })
}

func (p *Public) listComments(ctx context.Context, who asker, in *CallPath) ([]CommentShown, error) {
	all, err := p.api.Comments(ctx, who.Viewer, in.Call)
	shown := []CommentShown{}
	for _, c := range all {
		shown = append(shown, showComment(c))
	}
	return shown, err
}

func (p *Public) writeComment(ctx context.Context, who asker, in *commentIn) (CommentShown, error) {
	var moment *time.Duration
	if in.Body.Moment != nil {
		at := time.Duration(math.Round(*in.Body.Moment*1000)) * time.Millisecond // as it is kept
		moment = &at
	}
	c, err := p.api.Comment(ctx, who.Viewer, in.Call, moment, in.Body.Text)
	return showComment(c), err
}

// CommentPath names a comment.
type CommentPath struct {
	Comment string `path:"comment" maxLength:"128" doc:"The comment's id."`
}

// commentChangeIn is what a comment is to say from now on.
type commentChangeIn struct {
	CommentPath
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"4000"`
	}
}

func (p *Public) changeComment(ctx context.Context, who asker, in *commentChangeIn) (CommentShown, error) {
	if _, err := p.api.ChangeComment(ctx, who.Viewer, in.Comment, in.Body.Text); err != nil {
		return CommentShown{}, err
	}
	c, err := p.api.o.Store.For(who.Company).Comment(ctx, in.Comment)
	return showComment(c), err
}

func (p *Public) deleteComment(ctx context.Context, who asker, in *CommentPath) (Done, error) {
	_, err := p.api.DeleteComment(ctx, who.Viewer, in.Comment)
	return Done{err == nil}, err
}

func (p *Public) listTags(ctx context.Context, who asker, in *CallPath) ([]string, error) {
	if _, err := p.api.RecordFor(ctx, who.Viewer, access.CallsRead, in.Call); err != nil {
		return nil, err
	}
	marks, err := p.api.o.Store.For(who.Company).MarksOf(ctx, []fmc.CallID{in.Call})
	return append([]string{}, marks[in.Call].Tags...), err
}

func (p *Public) tag(ctx context.Context, who asker, in *tagIn, on bool) (Done, error) {
	store.Auditing(ctx).After = map[string]string{"tag": in.Tag}
	err := p.api.Tag(ctx, who.Viewer, in.Call, in.Tag, on)
	if cause.KindOf(err) == cause.NotFound && !on {
		err = cause.Errorf(cause.NotFound, "there is no tag %q on call %s", in.Tag, in.Call)
	}
	return Done{err == nil}, err
}
