package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"roadline/cabinet/ladder"
)

// callQuality is how each leg sounded.
type callQuality struct{ Legs []legQuality }

type legQuality struct {
	Who, Codec string
	Picture    template.HTML
	Summary    string // of the picture, for who does not see it
	Points     []qualityPoint
	Signal     bool // the line measures its radio
}

// qualityPoint is how a leg sounded in a stretch of time, in figures.
type qualityPoint struct {
	From, To    time.Duration
	Heard, Sent qualityWay
	SignalDBm   int
}

type qualityWay struct {
	Lost, Packets uint64
	Jitter        int64 // ms
	MOS           string
}

func wayOf(s ladder.Stream) qualityWay {
	return qualityWay{Lost: s.Lost, Packets: s.Packets, Jitter: s.Jitter.Milliseconds(), MOS: mosWords(s.MOS)}
}

// quality draws loss, jitter and MOS of every leg on the call's time.
func (p *callPage) quality() error {
	q := ladder.Listen(p.story)
	end := p.record.Times.Ended
	for _, l := range q.Legs {
		end = max(end, l.Points[len(l.Points)-1].To)
	}
	shown := &callQuality{}
	for _, l := range q.Legs {
		leg := legQuality{Who: l.Who, Codec: l.Codec, Picture: drawQuality(l.Points, end)}
		worst := [2]float64{}
		for _, point := range l.Points {
			leg.Points = append(leg.Points, qualityPoint{point.From, point.To, wayOf(point.Heard), wayOf(point.Sent), point.SignalDBm})
			leg.Signal = leg.Signal || point.SignalDBm != 0
			worst[0], worst[1] = max(worst[0], point.Heard.Loss()), max(worst[1], point.Sent.Loss())
		}
		leg.Summary = p.say("call.quality-summary", "Who", l.Who, "From", p.tongue.percent(worst[0]), "To", p.tongue.percent(worst[1]), "MOS", mosWords(l.Whole.Heard.MOS))
		shown.Legs = append(shown.Legs, leg)
	}
	p.view.Quality = shown
	return nil
}

// The size of a picture, and where its parts stand.
const (
	pictureWide = 640
	pictureHigh = 132
	mosTop      = 8  // MOS from 1 to 4.5, upward
	mosHigh     = 64 //
	lossTop     = 84 // loss, downward
	lossHigh    = 40
)

// drawQuality draws MOS as lines and loss as bars under them; the client's side in one colour, ours in the other.
func drawQuality(points []ladder.Point, end time.Duration) template.HTML {
	x := func(at time.Duration) float64 { return pictureWide * at.Seconds() / max(end.Seconds(), 1) }
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="quality" viewBox="0 0 %d %d" aria-hidden="true" focusable="false">`, pictureWide, pictureHigh)
	for _, mos := range []float64{2, 3, 4} {
		fmt.Fprintf(&out, `<line class="grid" x1="0" x2="%d" y1="%.1f" y2="%.1f"/><text x="2" y="%.1f">%.0f</text>`, pictureWide, mosAt(mos), mosAt(mos), mosAt(mos)-2, mos)
	}
	fmt.Fprintf(&out, `<line class="axis" x1="0" x2="%d" y1="%d" y2="%d"/>`, pictureWide, lossTop, lossTop)
	for _, way := range []struct {
		class string
		of    func(ladder.Point) ladder.Stream
	}{{"heard", func(p ladder.Point) ladder.Stream { return p.Heard }}, {"sent", func(p ladder.Point) ladder.Stream { return p.Sent }}} {
		drawWay(&out, points, x, way.class, way.of)
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String()) //nolint:gosec // figures and our own words
}

// drawWay draws one direction.
func drawWay(out *strings.Builder, points []ladder.Point, x func(time.Duration) float64, class string, of func(ladder.Point) ladder.Stream) {
	var line []string
	for _, p := range points {
		s := of(p)
		if s.MOS > 0 {
			line = append(line, fmt.Sprintf("%.1f,%.1f", x(p.From), mosAt(s.MOS)), fmt.Sprintf("%.1f,%.1f", x(p.To), mosAt(s.MOS)))
		}
		if loss := s.Loss(); loss > 0 {
			high := min(lossHigh, max(2, lossHigh*loss*10)) // a tenth fills it
			fmt.Fprintf(out, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%.1f"/>`, class, x(p.From), lossTop, max(1, x(p.To)-x(p.From)-1), high)
		}
	}
	if len(line) > 0 {
		fmt.Fprintf(out, `<polyline class="%s" points="%s"/>`, class, strings.Join(line, " "))
	}
}

func mosAt(mos float64) float64 { return mosTop + mosHigh*(4.5-mos)/3.5 }

// mosWords is a MOS to a tenth.
func mosWords(mos float64) string {
	if mos == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f", mos)
}
