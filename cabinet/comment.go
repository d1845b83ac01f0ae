package cabinet

import (
	"context"
	"strings"
	"time"
	"unicode"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

const (
	mostComment = 4000 // bytes
	mostTag     = 60
)

// Comments returns what was written about a call that the viewer may listen to: who hears nothing reads nothing of it.
func (a *API) Comments(ctx context.Context, v access.Viewer, call fmc.CallID) ([]store.Comment, error) {
	if _, err := a.RecordFor(ctx, v, access.RecordingsListen, call); err != nil {
		return nil, err
	}
	return a.o.Store.For(v.Company).Comments(ctx, call)
}

// Comment keeps what a viewer writes about a call: on a moment of its recording, or, where moment is nil, on the whole.
func (a *API) Comment(ctx context.Context, v access.Viewer, call fmc.CallID, moment *time.Duration, body string) (store.Comment, error) {
	if _, err := a.RecordFor(ctx, v, access.CommentsWrite, call); err != nil {
		return store.Comment{}, err
	}
	if err := commentText(body); err != nil {
		return store.Comment{}, err
	}
	if moment != nil && *moment < 0 {
		return store.Comment{}, cause.Errorf(cause.Invalid, "a comment stands at a moment of the recording, not before it")
	}
	ctx = deed(ctx, "comments.write", string(call))
	return a.o.Store.For(v.Company).AddComment(ctx, store.Comment{Call: call, Author: fmc.EmployeeID(v.By()), Moment: moment, Body: body})
}

// commentOf returns a comment of a call that a right of the viewer reaches.
func (a *API) commentOf(ctx context.Context, v access.Viewer, id string) (store.Comment, error) {
	c, err := a.o.Store.For(v.Company).Comment(ctx, id)
	if err == nil {
		_, err = a.RecordFor(ctx, v, access.CommentsWrite, c.Call)
	}
	return c, err
}

// ChangeComment changes what a viewer wrote, and returns the call. What it said before is kept.
func (a *API) ChangeComment(ctx context.Context, v access.Viewer, id, body string) (fmc.CallID, error) {
	c, err := a.commentOf(ctx, v, id)
	if err != nil {
		return "", err
	}
	if err := commentText(body); err != nil {
		return c.Call, err
	}
	ctx = deed(ctx, "comments.change", id)
	store.Auditing(ctx).After = map[string]any{"call": c.Call}
	return c.Call, a.o.Store.For(v.Company).EditComment(ctx, id, fmc.EmployeeID(v.By()), body)
}

// DeleteComment takes a comment out of sight, and returns the call: the viewer's own, or anybody's where their right
// reaches the whole company.
func (a *API) DeleteComment(ctx context.Context, v access.Viewer, id string) (fmc.CallID, error) {
	c, err := a.commentOf(ctx, v, id)
	if err != nil {
		return "", err
	}
	if c.Author != fmc.EmployeeID(v.By()) {
		if err := v.Need(access.CommentsWrite, access.Company); err != nil {
			return c.Call, err
		}
	}
	ctx = deed(ctx, "comments.delete", id)
	store.Auditing(ctx).After = map[string]any{"call": c.Call}
	return c.Call, a.o.Store.For(v.Company).DeleteComment(ctx, id, fmc.EmployeeID(v.By()))
}

// Tag marks a call with a word, or takes the word off it.
func (a *API) Tag(ctx context.Context, v access.Viewer, call fmc.CallID, tag string, on bool) error {
	if _, err := a.RecordFor(ctx, v, access.CommentsWrite, call); err != nil {
		return err
	}
	tag = strings.ToLower(strings.TrimSpace(tag))
	if err := oneLine("tag", "a word", tag, mostTag); err != nil {
		return err
	}
	keep := a.o.Store.For(v.Company)
	if !on {
		return keep.UntagCall(deed(ctx, "tags.remove", string(call)), call, tag)
	}
	return keep.TagCall(deed(ctx, "tags.add", string(call)), call, tag, fmc.EmployeeID(v.By()))
}

// deed has the audit tell of what is done, where the operation that does it does not tell of it already.
func deed(ctx context.Context, what, object string) context.Context {
	if store.Auditing(ctx).What != "" {
		return ctx
	}
	return store.Audited(ctx, access.Entry(ctx, what, object))
}

func commentText(body string) error {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
	if strings.TrimSpace(body) == "" || len(body) > mostComment || strings.ContainsFunc(body, control) {
		return cause.Errorf(cause.Invalid, "comment: write up to %d bytes of text", mostComment)
	}
	return nil
}
