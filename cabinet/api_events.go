package cabinet

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const aboutEvents = "Events"

const eventsMore = `Events of the types and people that your rights reach, with numbers that have no gap within the company: the one you
do not see is one that you may not. With the header Accept: text/event-stream the answer is a stream: first what came after the number, then
what happens, each with its number as id; a comment every 15 seconds. A stream ends after a quarter of an hour at the latest, or when you read
too slowly: go on with the header Last-Event-ID. Events are kept for 30 days; the event "gone" says which are not any more. One-time codes in
messages that came stand as dots, unless they are asked for.`

// eventsIn chooses events.
type eventsIn struct {
	Types string `query:"types" maxLength:"1000" example:"call.*,sms.received" doc:"Types between commas; such as call.* means all of a kind."`
	After string `query:"after" maxLength:"20" doc:"The number behind which they begin: \"next\" of the page before. Left out: the oldest, of a stream what happens from now on."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many at most, of a page."`
	CodesIn
	Last   string `header:"Last-Event-ID" maxLength:"20" doc:"As after, of a stream."`
	Accept string `header:"Accept" doc:"text/event-stream for a stream."`
}

// eventsOut is a page, or a stream: which, is seen in the request alone.
type eventsOut struct {
	Body func(huma.Context)
}

func addEvents(p *Public) {
	// Of no one right: each event is told by its own.
	o := operation{method: http.MethodGet, path: "/events", id: "events.read", about: aboutEvents, summary: "Read events, or hear them as they happen", more: eventsMore}
	addWhole(p, o, p.readEvents)
	op := p.huma.OpenAPI().Paths[o.path].Get
	page := p.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[EventsPage](), true, "EventsPage")
	op.Responses["200"].Content = map[string]*huma.MediaType{
		"application/json": {Schema: page}, streamMedia: {Schema: &huma.Schema{Type: huma.TypeString}},
	}
}

const streamMedia = "text/event-stream"

func (p *Public) readEvents(ctx context.Context, who asker, in *eventsIn) (*eventsOut, error) {
	asked := EventsAsked{Types: in.Types, After: cmp.Or(in.Last, in.After), Limit: in.Limit, Codes: in.Codes}
	if !strings.Contains(in.Accept, streamMedia) {
		page, err := p.api.Events(ctx, who.Viewer, asked)
		if err != nil {
			return nil, err
		}
		return &eventsOut{func(ctx huma.Context) {
			_, w := humago.Unwrap(ctx)
			_ = writeJSON(w, http.StatusOK, "application/json", page) // a page marshals
		}}, nil
	}
	return &eventsOut{func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		if err := p.api.StreamEvents(w, r, who.Viewer, asked); err != nil {
			p.api.refuse(w, r, err)
		}
	}}, nil
}
