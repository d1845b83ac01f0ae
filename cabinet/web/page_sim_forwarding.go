package web

import (
	"errors"
	"strconv"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

var forwardingRoutes = []route{
	{pattern: "POST /sims/{iccid}/forwarding", right: access.LinesAct, do: setForwarding},
	{pattern: "POST /sims/{iccid}/forwarding/look", right: access.LinesAct, do: lookAtForwarding},
}

// forwardingView is where the calls of a card go that it cannot take: as wished, as found, and what was done about it.
type forwardingView struct {
	Card    fmc.ICCID
	Act     bool
	Answer  string
	Class   string // of Answer
	Why     string // as the node says it, in English
	Rows    []forwardRow
	Cost    string
	Looks   []lookRow
	Numbers []choice
	Wish    cabinet.Forward // as the form has it
	Common  string          // what the document has of all cards, in words; empty: nothing
	Called  bool            // people ring the card to be called back: it forwards nothing when busy
	Form    form
	Refused string
}

// forwardRow is a reason for which calls may go elsewhere.
type forwardRow struct {
	Reason        string // key of its words
	Wished, Found string
	Wrong         bool
}

// lookRow is one look at what the network does.
type lookRow struct {
	When    moment
	Who     string
	State   fmc.ForwardingState
	Class   string
	Changed []string
	Why     string
}

var forwardingClasses = map[fmc.ForwardingState]string{
	fmc.ForwardingRight: "ok", fmc.ForwardingSet: "ok", fmc.ForwardingRefused: "bad", fmc.ForwardingIgnored: "bad", fmc.ForwardingCannot: "bad", fmc.ForwardingUnheard: "idle",
}

// forwarding is what is known of a card's forwarding.
func (v *visit) forwarding(id fmc.ICCID) (forwardingView, error) {
	x, err := v.site.o.API.Forwarding(v.ctx(), v.company, id)
	if err != nil {
		return forwardingView{}, err
	}
	_, known := v.company.SIM(id)
	view := forwardingView{
		Card: id, Act: known && v.viewer.May(access.LinesAct), Called: v.company.CalledBack(id),
		Wish: cabinet.Forward{Busy: x.Wish.Busy, NoReply: x.Wish.NoReply, After: x.Wish.After, Unreachable: x.Wish.Unreachable, Common: known && !x.Own},
	}
	if view.Wish.After == 0 {
		view.Wish.After = times.Seconds(fmc.ForwardUsually.Seconds())
	}
	view.Answer, view.Class = v.say("forward.unwished"), "idle"
	if x.Wished {
		view.Answer = v.say("forward.unseen")
	}
	for _, l := range x.Looks {
		view.Looks = append(view.Looks, v.lookRow(l))
	}
	if x.Wished {
		view.Rows = v.forwardRows(x)
	}
	if len(x.Looks) > 0 && x.Wished {
		last := x.Looks[0]
		view.Answer, view.Class, view.Why = v.say("forward-answer."+string(last.State)), forwardingClasses[last.State], last.Why
	}
	if x.Brought.Calls > 0 {
		view.Cost = v.say("forward.cost", "N", x.Brought.Calls, "Min", int(x.Brought.Talk+59)/60, "Days", x.Brought.Days)
	}
	for i := range v.company.Numbers {
		if n := &v.company.Numbers[i]; n.Trunk != "" {
			view.Numbers = append(view.Numbers, choice{n.Number.E164, v.phone(n.Number)})
		}
	}
	if known && v.company.Rules.Forwarding != nil {
		view.Common = v.say("forward.as-all")
	} else if known {
		view.Common = v.say("forward.unwatched")
	}
	return view, nil
}

// forwardRows compare what is wished with what was found last.
func (v *visit) forwardRows(x cabinet.ForwardingShown) (rows []forwardRow) {
	left := cabinet.ForwardsTo{Unknown: fmc.ForwardReasons}
	if len(x.Looks) > 0 {
		left = x.Looks[0].Left
	}
	add := func(why fmc.ForwardReason, wished, found string) {
		row := forwardRow{Reason: string(why), Wished: wished, Found: found, Wrong: wished != found}
		for _, unknown := range left.Unknown {
			if unknown == why {
				row.Found, row.Wrong = v.say("forward.not-told"), false
			}
		}
		rows = append(rows, row)
	}
	add(fmc.ForwardAlways, v.goesTo("", 0), v.goesTo(left.Always, 0))
	add(fmc.ForwardBusy, v.goesTo(x.Wish.Busy, 0), v.goesTo(left.Busy, 0))
	after := left.After
	if after == 0 && left.NoReply == x.Wish.NoReply { // the network does not say how long
		after = x.Wish.After
	}
	add(fmc.ForwardNoReply, v.goesTo(x.Wish.NoReply, x.Wish.After), v.goesTo(left.NoReply, after))
	add(fmc.ForwardUnreachable, v.goesTo(x.Wish.Unreachable, 0), v.goesTo(left.Unreachable, 0))
	return rows
}

// goesTo is where calls go, in words.
func (v *visit) goesTo(number string, after times.Seconds) string {
	switch {
	case number == "":
		return v.say("forward.nowhere")
	case after > 0:
		return v.say("forward.after", "Number", v.peer(number), "N", int(after))
	}
	return v.peer(number)
}

func (v *visit) lookRow(l cabinet.LookShown) lookRow {
	row := lookRow{When: v.at(l.At), State: l.State, Class: forwardingClasses[l.State], Why: l.Why, Who: v.say("forward-asked." + string(l.Asked))}
	if l.By != "" {
		row.Who = v.author(l.By)
	}
	for _, x := range []struct {
		why         fmc.ForwardReason
		found, left string
		after       [2]times.Seconds
	}{
		{fmc.ForwardAlways, l.Found.Always, l.Left.Always, [2]times.Seconds{}},
		{fmc.ForwardBusy, l.Found.Busy, l.Left.Busy, [2]times.Seconds{}},
		{fmc.ForwardNoReply, l.Found.NoReply, l.Left.NoReply, [2]times.Seconds{l.Found.After, l.Left.After}},
		{fmc.ForwardUnreachable, l.Found.Unreachable, l.Left.Unreachable, [2]times.Seconds{}},
	} {
		if x.found != x.left || x.after[0] != x.after[1] {
			row.Changed = append(row.Changed, v.say("forward.changed", "Reason", v.say("forward-reason."+string(x.why)), "Was", v.goesTo(x.found, x.after[0]), "Is", v.goesTo(x.left, x.after[1])))
		}
	}
	return row
}

// setForwarding has the calls of a card go elsewhere that it cannot take.
func setForwarding(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	id := v.cardIn()
	wish := cabinet.Forward{
		Busy: f.Value("busy"), NoReply: f.Value("no_reply"), Unreachable: f.Value("unreachable"), Common: f.Value("common") != "", Reason: f.Value("reason"), Author: v.viewer.By(),
	}
	if after, err := strconv.Atoi(f.Value("after")); err == nil {
		wish.After = times.Seconds(after)
	}
	if wish.Common {
		is, err := v.site.o.API.Forwarding(v.ctx(), v.company, id)
		if err != nil {
			return nil, err
		}
		wish.Common = is.Own || sameWish(is.Wish, wish)
	}
	refused := ""
	if wish.Reason == "" {
		f.wrong("reason", v.say("forward.reason-empty"))
	} else if _, err := v.site.o.API.SetForwarding(v.audited("sims.forward", string(id)), v.company, id, wish); errors.Is(err, cause.Invalid) || errors.Is(err, cause.Conflict) || errors.Is(err, cause.Denied) || errors.Is(err, cause.Unsupported) {
		refused = err.Error()
	} else if err != nil {
		return nil, err
	}
	if f.ok() && refused == "" {
		return redirect{"/sims/" + string(id), notice{Text: v.say("forward.taken")}}, nil
	}
	view, err := v.simView(id)
	view.Forwarding.Form, view.Forwarding.Refused, view.Forwarding.Wish = f, refused, wish
	return page{screen: "sim", title: view.Card.Name, view: view, status: again}, err
}

// sameWish reports whether a form was left as the document has it of all cards. The page ticks beforehand that a card is as
// all are: whoever chose a number beside it wants the number.
func sameWish(is cabinet.ForwardsTo, f cabinet.Forward) bool {
	return f.Busy == is.Busy && f.NoReply == is.NoReply && f.Unreachable == is.Unreachable && (f.NoReply == "" || f.After == is.After)
}

// lookAtForwarding asks the network now. Why that cannot be is told on the page.
func lookAtForwarding(v *visit) (answer, error) {
	id := v.cardIn()
	ctx := v.audited("sims.look", string(id))
	seen, err := v.site.o.API.LookAtForwarding(ctx, v.company, id, v.viewer.By())
	if errors.Is(err, cause.Invalid) || errors.Is(err, cause.Denied) || errors.Is(err, cause.NoRoom) || errors.Is(err, cause.Unavailable) {
		view, shown := v.simView(id)
		view.Forwarding.Refused = err.Error()
		return page{screen: "sim", title: view.Card.Name, view: view, status: again}, shown
	}
	if err != nil {
		return nil, err
	}
	if err := v.done(store.Auditing(ctx)); err != nil {
		return nil, err
	}
	return redirect{"/sims/" + string(id), notice{Text: v.say("forward-answer." + string(seen.State))}}, nil
}
