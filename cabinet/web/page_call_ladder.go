package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"roadline/cabinet/access"
	"roadline/cabinet/ladder"
	"roadline/fmc"
)

// callLane is a lane of a ladder: who it is, and the line that carried it last.
type callLane struct{ Name, Line string }

// callLadder is the ladder as a table: a column for the time, one for each lane, one for what happened.
type callLadder struct {
	Lanes []callLane
	Rows  []ladderRow
	Text  string // of the whole, to be copied
}

// ladderRow is one row.
type ladderRow struct {
	ID       string // names it in a link: "r12"
	Time     string // since the call began, in seconds
	Clock    moment
	Kind     ladder.Kind
	Bad      bool
	Before   []int // lanes left of what happened, a cell each
	After    []int // lanes right of it
	Span     int   // lanes that it takes
	Arrow    string
	From, To string // lanes, for who hears the page
	Words    string
	Raw      string
}

// The arrows.
const (
	arrowRight = "right"
	arrowLeft  = "left"
	arrowNone  = "note"
)

// ladder draws the call.
func (p *callPage) ladder() error {
	l := ladder.Build(p.story)
	var lanes []callLane
	for _, lane := range l.Lanes {
		lanes = append(lanes, callLane{p.readable(lane.Name), p.lineName(lane.Line)})
	}
	shown := &callLadder{Lanes: lanes, Text: l.Text(false)}
	for i, r := range l.Rows {
		left, right := min(r.From, r.To), max(r.From, r.To)
		row := ladderRow{
			ID: "r" + strconv.Itoa(i), Time: seconds(r.At), Clock: p.at(l.Began.Add(r.At)), Kind: r.Kind, Bad: r.Bad, Span: right - left + 1, Arrow: arrowNone,
			Before: make([]int, left), After: make([]int, len(l.Lanes)-right-1), From: lanes[r.From].Name, To: lanes[r.To].Name,
			Words: p.rowWords(r),
		}
		if strings.TrimSpace(r.Raw) != r.Label {
			row.Raw = r.Raw
		}
		switch {
		case r.From < r.To:
			row.Arrow = arrowRight
		case r.From > r.To:
			row.Arrow = arrowLeft
		}
		shown.Rows = append(shown.Rows, row)
	}
	p.view.Ladder = shown
	return nil
}

// rowWords is what a row says in the visitor's language.
func (p *callPage) rowWords(r ladder.Row) string {
	words := r.Label
	if r.Say.Key != "" {
		words = strings.TrimSpace(words + " " + p.readable(p.words(r.Say)))
	}
	if r.Times > 1 {
		words += " " + p.say("call.times", "N", r.Times)
	}
	return words
}

const plainText = "text/plain; charset=utf-8"

func ladderText(v *visit) (answer, error) {
	return ladderFile(v, "txt", plainText, func(s ladder.Story) []byte { return []byte(ladder.Build(s).Text(true)) })
}

func ladderMermaid(v *visit) (answer, error) {
	return ladderFile(v, "mmd", plainText, func(s ladder.Story) []byte { return []byte(ladder.Build(s).Mermaid()) })
}

func ladderCapture(v *visit) (answer, error) {
	return ladderFile(v, "pcap", "application/vnd.tcpdump.pcap", ladder.PCAP)
}

// ladderFile sends what was said in a call as a file.
func ladderFile(v *visit, ending, kind string, write func(ladder.Story) []byte) (answer, error) {
	record, err := v.site.o.API.RecordFor(v.ctx(), v.viewer, access.CallsTrace, fmc.CallID(v.PathValue("call")))
	if err != nil {
		return nil, err
	}
	story, err := v.site.o.API.Story(v.ctx(), record)
	if err != nil {
		return nil, err
	}
	content := write(story)
	return stream(func(w http.ResponseWriter, _ *http.Request) error {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", `attachment; filename="call-`+fileName(string(record.ID))+"."+ending+`"`)
		h.Set("Cache-Control", "no-store")
		_, _ = w.Write(content) // who asked may have gone
		return nil
	}), nil
}

// fileName is an id that may stand in the name of a file.
func fileName(id string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || slices.Contains([]rune("-_"), c) {
			return c
		}
		return -1
	}, strings.ToLower(id))
}
