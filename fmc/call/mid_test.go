package call

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// What keys, wishes and other calls do in a conversation: FLOWS E4 and E5, with what fails.

func TestE4KeysWithoutALeaderAreForTheFarSideAlone(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "12#**5*")
	if h.pressed[client] != "12#*5" || h.pressed[mobile] != "" {
		t.Fatalf("the client hears %q, the person %q", h.pressed[client], h.pressed[mobile])
	}
	h.wants("c1", "[client mobile tape]")
	h.run(h.now + 2900*time.Millisecond)
	h.wants("c1", "[client mobile tape]")
	h.run(h.now + 200*time.Millisecond)
	h.wants("c1", "[client mobile tape] mobile:error") // a leader, and nothing for three seconds
	h.keys(client, "12")
	if h.pressed[mobile] != "" {
		t.Fatal("a client's keys take the way of the media, not this one")
	}
}

func TestE4ACodeThatThereIsNotGivesAnErrorToneToThePersonAndNothingToTheClient(t *testing.T) {
	for _, keys := range []string{"*A", "*#", "*6", "*0", "*2#", "*3#", "*2" + "123456789012345678901234"} {
		h, client, mobile := talkingTo(t)
		h.keys(mobile, keys)
		h.wants("c1", "[client mobile tape] mobile:error")
		h.played("c1")
		h.wants("c1", "[client mobile tape]")
		if h.pressed[client] != "" && keys[:2] != "*2" {
			t.Errorf("after %s the client hears %q", keys, h.pressed[client])
		}
	}
}

func TestE4WhereCodesAreOffEverythingIsPressed(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.calls["c1"].Threads[0].Plan.Recording.NoKeys = true
	h.keys(mobile, "*5**2#")
	if h.pressed[client] != "*5**2#" {
		t.Fatalf("the client hears %q", h.pressed[client])
	}
	h.wants("c1", "[client mobile tape]")
}

func TestE4KeysInAConsultationAreForTheOneConsulted(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "*2105#")
	h.keys(mobile, "1") // nobody is there yet
	target := h.leg("c1", "t105")
	h.link(target, fmc.Up)
	h.keys(target, "1")
	h.keys(mobile, "7")
	if h.pressed[client] != "" || h.pressed[target] != "7" {
		t.Fatalf("the client hears %q, the one consulted %q", h.pressed[client], h.pressed[target])
	}
	h.keys(mobile, "*6")
	h.keys(mobile, "8")
	if h.pressed[client] != "8" || h.pressed[target] != "78" {
		t.Fatalf("of three the client hears %q, the other %q", h.pressed[client], h.pressed[target])
	}
}

func TestE4ACueCutsNobodyOffAndEndsByItselfIfNothingReportsIt(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*1")
	h.wants("c1", "[client mobile tape] mobile:soft-beep")
	first := h.calls["c1"].Wiring.Hears[0].Asked
	h.keys(mobile, "*1")
	h.post("c1", Played{Asked: first}) // late: another is heard now
	h.wants("c1", "[client mobile tape] mobile:soft-beep")
	h.run(h.now + 5*second)
	h.wants("c1", "[client mobile tape]")
	if n := len(facts[fmc.Talking](h, "c1")); n != 1 {
		t.Fatalf("the record tells %d conversations of one", n)
	}
}

func TestE4APauseIsRefusedWhereNobodyMay(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.calls["c1"].Threads[0].Plan.Recording.Pause = 0
	h.keys(mobile, "*7")
	h.wants("c1", "[client mobile tape] mobile:error")
	h.hangUp(client)
	if all := facts[fmc.TapePaused](h, "c1"); len(all) != 0 {
		t.Fatalf("paused %+v", all)
	}
}

func TestE4APauseLastsAsLongAsTheRuleSaysAndTellsWhoAndWhy(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.calls["c1"].Threads[0].Plan.Recording.Pause = 20 * second
	h.post("c1", Wished{Wish{Kind: WishPause, Leg: mobile, Why: "card number"}})
	h.run(h.now + 19*second)
	h.wants("c1", "[client mobile]")
	h.run(h.now + 2*second)
	h.wants("c1", "[client mobile tape] mobile:recording-resumed")
	all := facts[fmc.TapePaused](h, "c1")
	if len(all) != 2 || all[0].By != "ivanov" || all[0].Why != "card number" || all[1].By != "ivanov" || all[1].Paused {
		t.Fatalf("paused %+v", all)
	}
}

func TestE4APauseEndsByTheSameKey(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*7")
	h.keys(mobile, "*7")
	h.wants("c1", "[client mobile tape] mobile:recording-resumed")
}

func TestE4TheDefaultSlotIsSpokenToWhoParks(t *testing.T) {
	h, _, mobile := talkingTo(t)
	park := h.plans[plan.AskPark]
	h.plans[plan.AskPark] = func(r plan.Request) plan.Plan {
		if r.Query.Slot == "" {
			r.Query.Slot = "201"
		}
		return park(r)
	}
	h.keys(mobile, "*4")
	h.run(h.now + 3*second)
	h.wants("c1", "mobile:parked-in+digits/201 client:music")
	h.run(h.now + 4*second)
	if h.up[mobile] {
		t.Fatal("who parked stays for ever where nothing reports the word's end")
	}
}

func TestE4AParkingThatIsRefusedLetsThePersonGo(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.plans[plan.AskPark] = func(plan.Request) plan.Plan { return plan.Plan{Nodes: []plan.Node{{Do: plan.End}}} }
	h.keys(mobile, "*4#")
	if h.up[mobile] || h.up[client] {
		t.Fatal("a leg hangs on")
	}
	h.over("c1", fmc.StatusAnswered)
}

func TestE4InAConferenceNobodyCanBePassedOn(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*2105#")
	target := h.leg("c1", "t105")
	h.link(target, fmc.Up)
	h.keys(target, "1")
	h.keys(mobile, "*6")
	for _, keys := range []string{"*3106#", "*41#"} {
		h.keys(mobile, keys)
		h.wants("c1", "[client mobile t105 tape] mobile:error")
		h.played("c1")
	}
}

func TestE4BothPersonsOfAnInternalCallMayCommand(t *testing.T) {
	h := newTheatre(t)
	try := plan.Try{Device: "sip", Employee: "sidorov", Role: fmc.Worker, For: 20 * second, Lines: []plan.Candidate{{Line: "line:sip"}}}
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Ring, Tries: []plan.Try{try}}, {Do: plan.Talk}}}
	}
	caller := h.offer("c1", "ivanov")
	called := h.leg("c1", "sip")
	h.link(called, fmc.Up)
	for _, leg := range []fmc.LegID{caller, called} {
		h.keys(leg, "*5")
		if len(h.calls["c1"].Wiring.Talks) != 0 {
			t.Fatalf("%s cannot hold", h.device[leg])
		}
		h.keys(leg, "*5")
		h.keys(leg, "*1")
	}
	if all := facts[fmc.Marked](h, "c1"); len(all) != 2 || all[0].By != "ivanov" || all[1].By != "sidorov" {
		t.Fatalf("marks %+v", all)
	}
}

// pulls has ivanov take his talk over at another phone, which acknowledges the answer when it is told to.
func pulls(t *testing.T) (h *theatre, client, mobile, phone fmc.LegID) {
	t.Helper()
	h, client, mobile = talkingTo(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Give, Gift: fmc.Replace, Whom: mobile}}}
	}
	h.noAct = true
	return h, client, mobile, h.offer("c2", "ivanov")
}

func TestE5APullLeavesNoGap(t *testing.T) {
	h, client, mobile, phone := pulls(t)
	h.wants("c1", "[client mobile tape]") // the phone has not acknowledged yet
	h.link(phone, fmc.Up)
	h.wants("c1", "[client ivanov tape] mobile:moved")
	h.played("c1")
	if h.up[mobile] {
		t.Fatal("the old phone stays")
	}
	if r := h.over("c2", fmc.StatusMerged); r.MergedInto != "c1" {
		t.Fatalf("merged into %q", r.MergedInto)
	}
	h.hangUp(client)
	r := h.over("c1", fmc.StatusAnswered)
	if all := facts[fmc.Talking](h, "c1"); len(all) != 3 || len(all[1].Talks) != 1 || r.Who.Employee != "ivanov" {
		t.Fatalf("the client was alone: %+v", all)
	}
}

func TestE5APullByAPhoneThatGoesAwayChangesNothing(t *testing.T) {
	h, client, _, phone := pulls(t)
	h.hangUp(phone)
	h.wants("c1", "[client mobile tape]")
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
}

func TestE5APullByAPhoneThatIsSilentChangesNothing(t *testing.T) {
	h, _, _, phone := pulls(t)
	h.run(h.now + 6*second)
	h.wants("c1", "[client mobile tape]")
	if h.up[phone] {
		t.Fatal("the phone hangs")
	}
}

func TestE5APullWaitsForThePhonesFirstSound(t *testing.T) {
	h, client, mobile, phone := pulls(t)
	h.mute = true
	h.link(phone, fmc.Up)
	h.wants("c1", "[client mobile tape]")
	h.run(h.now + 2900*time.Millisecond)
	h.wants("c1", "[client mobile tape]")
	h.post("c1", SoundCame{Leg: phone})
	h.wants("c1", "[client ivanov tape] mobile:moved")
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
	if h.up[mobile] {
		t.Fatal("the old phone stays")
	}
}

func TestE5APhoneThatAnswersAndSendsNothingChangesNothing(t *testing.T) {
	h, client, mobile, phone := pulls(t)
	h.mute = true
	h.link(phone, fmc.Up)
	h.run(h.now + 4*second)
	h.wants("c1", "[client mobile tape]")
	h.post("c1", SoundCame{Leg: phone}) // too late
	h.wants("c1", "[client mobile tape]")
	if h.up[phone] || !h.up[mobile] {
		t.Fatalf("the phone hangs, or the mobile went: %v", h.up)
	}
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
}

func TestE5APhoneThatAMobileCalledAndThatSendsNothingGivesAnErrorToneToTheMobile(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.mute = true
	h.keys(mobile, "*8")
	h.link(h.leg("c1", "soft"), fmc.Up)
	h.wants("c1", "[client mobile tape]")
	h.run(h.now + 3*second)
	h.wants("c1", "[client mobile tape] mobile:error")
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
	if len(h.up) > 0 {
		t.Fatalf("left: %v", h.up)
	}
}

func TestE5WhereTheOldPhoneIsGoneNoSoundIsWaitedFor(t *testing.T) {
	h, _, mobile, phone := pulls(t)
	h.mute = true
	h.hangUp(mobile)
	h.link(phone, fmc.Up)
	h.wants("c1", "[client ivanov tape]")
}

func TestE5WhoLeavesTheOldPhoneBeforeTheNewOneIsHeardGoesOnThere(t *testing.T) {
	for _, how := range []cause.Meaning{cause.Hangup, cause.Lost} {
		h, client, mobile, phone := pulls(t)
		h.mute = true
		h.link(phone, fmc.Up)
		h.wants("c1", "[client mobile tape]")
		h.ends(mobile, how)
		h.wants("c1", "[client ivanov tape]")
		h.run(h.now + 10*second) // the time for the first sound changes nothing any more
		h.wants("c1", "[client ivanov tape]")
		h.hangUp(client)
		h.over("c1", fmc.StatusAnswered)
	}
}

func TestE5WhoKeysAMoveAndHangsUpBeforeTheNewPhoneIsHeardGoesOnThere(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.mute = true
	h.keys(mobile, "*8")
	h.link(h.leg("c1", "soft"), fmc.Up)
	h.wants("c1", "[client mobile tape]")
	h.hangUp(mobile)
	h.wants("c1", "[client soft tape]")
	h.run(h.now + 10*second)
	h.wants("c1", "[client soft tape]")
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
	if len(h.up) > 0 {
		t.Fatalf("left: %v", h.up)
	}
}

func TestE5AClientWhoHangsUpInMidPullLeavesNoLeg(t *testing.T) {
	h, client, _, _ := pulls(t)
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
	if len(h.up) > 0 {
		t.Fatalf("left: %v", h.up)
	}
}

func TestE5TheOldPhoneMayGoBeforeTheNewOneIsThere(t *testing.T) {
	h, _, mobile, phone := pulls(t)
	h.hangUp(mobile)
	h.link(phone, fmc.Up)
	h.wants("c1", "[client ivanov tape]")
}

func TestE5APushToAVoicemailNeverGetsTheClient(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.plans[plan.AskMove] = func(plan.Request) plan.Plan {
		try := plan.Try{Device: "mobile2", Employee: "ivanov", Role: fmc.Worker, For: 20 * second, Confirm: true, Whisper: "confirm", Lines: []plan.Candidate{{Line: "l"}}}
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Ring, Tries: []plan.Try{try}}, {Do: plan.Talk}}}
	}
	h.keys(mobile, "*9")
	h.link(h.leg("c1", "mobile2"), fmc.Up)
	h.wants("c1", "[client mobile tape] mobile2:confirm")
	h.run(h.now + 9*second)
	h.wants("c1", "[client mobile tape] mobile:error")
	if h.up[h.leg("c1", "mobile2")] {
		t.Fatal("the voicemail listens on")
	}
}

// conference has ivanov open a room.
func conference(t *testing.T) (*theatre, fmc.LegID) {
	t.Helper()
	h := newTheatre(t)
	room := plan.Plan{Recording: plan.Policy{Record: true, Notice: "recording-notice"}, Nodes: []plan.Node{{Do: plan.Talk, Conference: "board"}}}
	join := plan.Plan{Nodes: []plan.Node{{Do: plan.Give, Gift: fmc.Join, Query: plan.Query{What: plan.AskJoin, Conference: "board"}}}}
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		var others []Call
		for _, id := range h.order {
			others = append(others, *h.calls[id])
		}
		if inside(others, "board") > 0 {
			return join
		}
		return room
	}
	return h, h.offer("c1", "ivanov")
}

func TestAConferenceWaitsForOthersAndEndsWithTheLast(t *testing.T) {
	h, first := conference(t)
	h.wants("c1", "ivanov:music")
	h.run(10 * time.Minute)
	second := h.offer("c2", "petrov")
	h.wants("c1", "[ivanov petrov tape] ivanov:beep")
	h.over("c2", fmc.StatusMerged)
	third := h.offer("c3", "sidorov")
	h.played("c1")
	h.wants("c1", "[ivanov petrov sidorov tape]")
	h.hangUp(first)
	h.wants("c1", "[petrov sidorov tape]")
	h.hangUp(third)
	h.wants("c1", "petrov:music")
	if again := h.offer("c4", "ivanov"); again.Call != "c4" {
		t.Fatal(again)
	}
	h.played("c1")
	h.wants("c1", "[petrov ivanov tape]")
	h.hangUp(fmc.LegID{Call: "c4", N: 1})
	h.hangUp(second)
	if r := h.over("c1", fmc.StatusAnswered); len(r.Legs) != 4 {
		t.Fatalf("the record has %d legs", len(r.Legs))
	}
}

func TestInvariant4AClientWhoComesToAConferenceHearsTheNoticeWhileTheOthersTalk(t *testing.T) {
	h, _ := conference(t)
	h.offer("c2", "petrov")
	h.played("c1")
	client := h.offer("c3", "")
	h.played("c1") // the beeps
	h.played("c1")
	_ = client
	h.wants("c1", "[ivanov petrov client tape]")
	if n := fmc.Fold(h.facts["c1"]).Recording.Notices; len(n) != 1 || n[0].Leg != client {
		t.Fatalf("notices %+v", n)
	}
	talks := facts[fmc.Talking](h, "c1")
	if last := talks[len(talks)-2]; len(last.Talks) != 1 || len(last.Talks[0].Legs) != 2 {
		t.Fatalf("the others did not talk on: %+v", talks)
	}
}

// handing has ivanov talk with a client, and from another phone consult a colleague.
func handing(t *testing.T) (h *theatre, client, mobile, phone, colleague fmc.LegID) {
	t.Helper()
	h, client, mobile = talkingTo(t)
	try := plan.Try{Device: "colleague", Employee: "sidorov", Role: fmc.Worker, For: 20 * second, Lines: []plan.Candidate{{Line: "line:c"}}}
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Ring, Tries: []plan.Try{try}}, {Do: plan.Talk, On: map[plan.Outcome]int{plan.Dropped: 2, plan.Done: 3}}, {Do: plan.Ask, Query: plan.Query{What: plan.AskRescue}}, {Do: plan.End}}}
	}
	phone = h.offer("c2", "ivanov")
	return h, client, mobile, phone, h.leg("c2", "colleague")
}

func TestE4AnAttendedTransferByAPhoneJoinsTheTwoCalls(t *testing.T) {
	h, client, mobile, phone, colleague := handing(t)
	h.link(colleague, fmc.Up)
	h.wants("c2", "[ivanov colleague]")
	h.post("c2", Wished{Wish{Kind: WishHandOver, Leg: phone, Whom: mobile}})
	h.wants("c1", "[client colleague tape]")
	if h.up[mobile] || h.up[phone] {
		t.Fatal("who transferred stays")
	}
	if r := h.over("c2", fmc.StatusMerged); r.MergedInto != "c1" {
		t.Fatalf("merged into %q", r.MergedInto)
	}
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
}

func TestE4ATransferToWhoStillRingsWaitsForThem(t *testing.T) {
	h, _, mobile, phone, colleague := handing(t)
	h.post("c2", Wished{Wish{Kind: WishHandOver, Leg: phone, Whom: mobile}})
	h.wants("c1", "[client mobile tape]")
	h.link(colleague, fmc.Up)
	h.wants("c1", "[client colleague tape]")
	h.over("c2", fmc.StatusMerged)
}

func TestE4ATransferToWhoDoesNotAnswerChangesNothing(t *testing.T) {
	h, _, mobile, phone, colleague := handing(t)
	h.post("c2", Wished{Wish{Kind: WishHandOver, Leg: phone, Whom: mobile}})
	h.ends(colleague, cause.Busy)
	h.wants("c1", "[client mobile tape]")
	h.over("c2", fmc.StatusNotAnswered)
}

func TestE4ATransferIntoACallThatIsGoneLeavesTheConsultationAlone(t *testing.T) {
	h, client, mobile, phone, colleague := handing(t)
	h.link(colleague, fmc.Up)
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
	h.post("c2", Wished{Wish{Kind: WishHandOver, Leg: phone, Whom: mobile}})
	h.wants("c2", "[colleague ivanov]")
	h.hangUp(phone)
	h.over("c2", fmc.StatusAnswered)
}

// refusing has a client hear a notice that 9 refuses.
func refusing(t *testing.T) (*theatre, fmc.LegID) {
	t.Helper()
	h := newTheatre(t)
	start, group := h.plans[plan.AskStart], h.plans[plan.AskGroup]
	h.plans[plan.AskStart] = func(r plan.Request) plan.Plan {
		p := start(r)
		p.Recording.Refusal = "9"
		return p
	}
	h.plans[plan.AskGroup] = func(r plan.Request) plan.Plan {
		p := group(r)
		p.Recording.FailClosed = true
		return p
	}
	return h, h.offer("c1", "")
}

func TestN11AClientWhoRefusesIsHeardUnrecorded(t *testing.T) {
	h, client := refusing(t)
	if listen := h.calls["c1"].Wiring.Listen; len(listen) != 1 || listen[0] != client {
		t.Fatalf("the client's keys are not heard: %v", listen)
	}
	h.keys(client, "5")
	h.wants("c1", "client:recording-notice")
	h.run(second)
	h.keys(client, "9")
	h.wants("c1", "client:recording-refused")
	h.played("c1")
	h.wants("c1", "client:welcome")
	h.keys(client, "2#")
	h.link(h.leg("c1", "sip"), fmc.Up)
	h.wants("c1", "[client sip]")
	h.keys(h.leg("c1", "sip"), "*7")
	h.wants("c1", "[client sip] sip:error") // there is nothing to pause
	h.run(h.now + 10*second)
	h.hangUp(client)
	r := h.over("c1", fmc.StatusAnswered)
	if len(r.Recording.Refused) != 1 || r.Recording.Refused[0] != (fmc.RefusedTape{Leg: client, Key: "9"}) || len(r.Recording.Notices) != 0 {
		t.Fatalf("%+v", r.Recording)
	}
	for _, s := range r.Recording.Spans {
		if s.Kind == fmc.SpanTalk {
			t.Fatalf("recorded %+v", s)
		}
	}
}

func TestN11ANoticeBeforeTheTalkIsRefusedToo(t *testing.T) {
	h := newTheatre(t)
	group := h.plans[plan.AskGroup]
	h.plans[plan.AskStart] = func(r plan.Request) plan.Plan {
		p := group(r)
		p.Recording.Refusal = "9"
		return p
	}
	client := h.offer("c1", "")
	h.link(h.leg("c1", "sip"), fmc.Up)
	h.wants("c1", "client:recording-notice sip:recording-notice")
	h.keys(h.leg("c1", "sip"), "9") // not the person's to refuse
	h.wants("c1", "client:recording-notice sip:recording-notice")
	h.keys(client, "9")
	h.wants("c1", "[client sip] client:recording-refused")
}

func TestN11WhereNoKeyRefusesAClientsKeysAreTheirOwn(t *testing.T) {
	h := newTheatre(t)
	client := h.offer("c1", "")
	h.keys(client, "9")
	h.wants("c1", "client:recording-notice")
	if listen := h.calls["c1"].Wiring.Listen; len(listen) != 0 {
		t.Fatalf("listened to %v", listen)
	}
}

func TestTheBoardKnowsWhomATalkIsWithByWhoIsThere(t *testing.T) {
	h, caller := calling(t, dialTone())
	h.plans[plan.AskOut] = out
	h.keys(caller, "89120000001#")
	h.link(h.leg("c1", "outside"), fmc.Up)
	h.played("c1")
	v := view{board: h.board("acme"), now: h.clock()}
	if who, _ := v.LastWith(callerid.Number{E164: "+79120000001"}); who != "ivanov" {
		t.Fatalf("the client talked with %q", who)
	}
	if who, _ := v.LastWith(callerid.Number{E164: "+74951234567"}); who != "" {
		t.Fatal("the access number is taken for a client")
	}
}
