package web

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/fmc/cause"
)

var publishRoutes = []route{
	{pattern: "GET /company/publish", right: access.DocumentRead, do: publishPage},
	{pattern: "POST /company/publish", right: access.DocumentPublish, do: publish},
	{pattern: "GET /company/publish/replay", right: access.DocumentRead, do: replayPage},
	{pattern: "POST /company/publish/catch-up", right: access.DocumentChange, do: catchUp},
}

var publishScreens = shows{"publish": publishView{}, "replay": replayView{}}

// publishView is what a draft would change and what speaks against it, before it is published.
type publishView struct {
	settings
	Changes   []string
	Mistakes  []document.Mistake
	Tests     []testRow
	Failed    int
	Gaps      []gapRow
	Ahead     *document.Ahead // what others published meanwhile
	By        string          // who
	When      moment
	Edition   int64
	Reason    string
	Override  string
	Overrides bool // the viewer may publish although tests fail
	Refused   string
	Others    []draftRow
}

// gapRow is something that the document leaves open.
type gapRow struct{ Text, Path string }

// draftRow is somebody else's draft.
type draftRow struct {
	Name string
	At   moment
}

func publishPage(v *visit) (answer, error) {
	view, err := v.publishView()
	view.Reason = v.URL.Query().Get("reason")
	return page{screen: "publish", title: v.say("company.publish"), view: view}, err
}

func (v *visit) publishView() (publishView, error) {
	s, err := v.settings()
	if err != nil {
		return publishView{}, err
	}
	view := publishView{settings: s, Mistakes: s.draft.Mistakes, Edition: s.draft.Edition, Overrides: v.viewer.May(access.DocumentOverride)}
	if s.Bar.Changes > 0 {
		view.Changes = s.draft.Changes
	}
	for i, t := range v.site.o.API.Documents.TestDraft(s.draft) {
		if view.Tests = append(view.Tests, v.testRow(i+1, t)); !t.Passed {
			view.Failed++
		}
	}
	for _, g := range cabinet.Gaps(s.company, v.now()) {
		view.Gaps = append(view.Gaps, v.gap(s, g))
	}
	if s.draft.Stale() {
		ahead, err := v.site.o.API.Documents.Ahead(v.ctx(), v.viewer)
		if err != nil {
			return view, err
		}
		view.Ahead, view.By, view.When = &ahead, v.author(s.draft.Newest.Author), v.at(s.draft.Newest.At)
	}
	others, err := v.site.o.API.Documents.DraftsOfOthers(v.ctx(), v.viewer)
	for _, d := range others {
		view.Others = append(view.Others, draftRow{nameOf(v.company, d.Author), v.at(d.At)})
	}
	return view, err
}

// gap is something that is open, with where it is mended.
func (v *visit) gap(s settings, g cabinet.Gap) gapRow {
	row := gapRow{Path: map[cabinet.GapKind]string{
		cabinet.GapNumber: "/company/numbers/", cabinet.GapProof: "/company/numbers/", cabinet.GapPerson: "/people/", cabinet.GapGroup: "/company/groups/",
		cabinet.GapHead: "/company/groups/", cabinet.GapTests: "/company/tests", cabinet.GapMandate: "/company/document",
	}[g.Kind]}
	if strings.HasSuffix(row.Path, "/") {
		row.Path += url.PathEscape(g.About)
	}
	about := g.About
	if n, ok := s.company.NumberOf(g.About); ok {
		about = v.phone(n.Number)
	}
	for _, c := range append(s.peopleChoices(), s.groupChoices()...) {
		if c.Value == g.About {
			about = c.Label
		}
	}
	day := ""
	if !g.At.IsZero() {
		day = v.tongue.day(v.at(g.At))
	}
	row.Text = v.say("gap."+string(g.Kind), "About", about, "Day", day)
	return row
}

// author is who made a version: a person of the company by name, else as it is kept.
func (v *visit) author(id string) string {
	for i := range v.company.Employees {
		if e := &v.company.Employees[i]; string(e.ID) == id {
			return e.Name
		}
	}
	return id
}

func publish(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	edition, _ := strconv.ParseInt(f.Value("edition"), 10, 64) // what is no number is no edition
	done, err := v.site.o.API.Documents.PublishDraft(v.audited("document.publish", ""), v.viewer, edition, f.Value("reason"), f.Value("override"))
	if err == nil {
		said := "publish.done"
		if !done.InForce {
			said = "publish.done-soon"
		}
		return redirect{to: "/company/history", said: notice{Text: v.say(said, "N", int(done.Generation))}}, nil
	}
	if cause.KindOf(err) == 0 || errors.Is(err, cause.NotFound) {
		return nil, err
	}
	view, other := v.publishView()
	if other != nil {
		return nil, other
	}
	view.Reason, view.Override, view.Refused = f.Value("reason"), f.Value("override"), v.said(err.Error())
	if view.Ahead != nil {
		view.Refused = v.say("publish.stale")
	}
	return page{screen: "publish", title: v.say("company.publish"), view: view, status: cmp.Or(statusOf(err), again)}, nil
}

// statusOf is the status of a conflict; 0 for others.
func statusOf(err error) int {
	if errors.Is(err, cause.Conflict) {
		return 409
	}
	return 0
}

// catchUp makes the draft's changes in what others published meanwhile.
func catchUp(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	if _, err := v.site.o.API.Documents.CatchUp(v.audited("draft.merge", ""), v.viewer, f.Value("keep") == "mine"); err != nil {
		return nil, err
	}
	return redirect{to: "/company/publish", said: notice{Text: v.say("publish.caught-up")}}, nil
}

// replayView is how the calls of the last days would have gone.
type replayView struct {
	settings
	document.Replayed
	Since moment
	Other int // calls that would have gone otherwise
	Rows  []replayRow
}

// replayRow is a call that would have gone otherwise.
type replayRow struct {
	ID          string // empty: the viewer may not open calls
	Began       moment
	Number      string
	Differences []string
}

func replayPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	x, err := v.site.o.API.Documents.ReplayDraft(v.ctx(), v.viewer, s.draft)
	view := replayView{settings: s, Replayed: x, Since: v.at(x.From), Other: x.Calls - x.Same}
	for _, c := range x.Differ {
		row := replayRow{Began: v.at(c.Began), Number: c.Number, Differences: c.Differences}
		if v.viewer.Reach(access.CallsRead) == access.Company {
			row.ID = string(c.ID)
		}
		view.Rows = append(view.Rows, row)
	}
	return page{screen: "replay", title: v.say("replay.title"), view: view}, err
}
