package call

import (
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// ringing has a client hear the notice and choose sales.
func ringing(t testing.TB) (h *theatre, client fmc.LegID) {
	t.Helper()
	h = newTheatre(t)
	client = h.offer("c1", "")
	h.wants("c1", "client:recording-notice")
	h.run(4 * second)
	h.played("c1")
	h.wants("c1", "client:welcome")
	h.keys(client, "2")
	h.run(h.now + 3*second) // 2 may begin an extension: the longest match waits
	h.wants("c1", "client:ringback")
	return h, client
}

// talking has the mobile confirm.
func talkingTo(t testing.TB) (h *theatre, client, mobile fmc.LegID) {
	t.Helper()
	h, client = ringing(t)
	mobile = h.leg("c1", "mobile")
	h.link(mobile, fmc.Alerting)
	h.link(mobile, fmc.Up)
	h.wants("c1", "client:ringback mobile:confirm")
	h.keys(mobile, "1")
	h.wants("c1", "[client mobile tape]")
	return h, client, mobile
}

func TestE1AMobileThatConfirmsGetsTheClientAndTheOthersAreCancelled(t *testing.T) {
	h, client, mobile := talkingTo(t)
	for _, device := range []fmc.DeviceID{"sip", "mobile2"} {
		if c := h.told[h.leg("c1", device)]; c.Meaning != cause.TakenElsewhere {
			t.Errorf("%s was released as %v", device, c)
		}
	}
	h.run(h.now + 10*second)
	h.hangUp(client)
	r := h.over("c1", fmc.StatusAnswered)
	if r.Who.Employee != "ivanov" || r.Who.Group != "sales" || r.Times.Talked != 10*second || len(r.Recording.Notices) != 1 || h.told[mobile].Meaning != cause.Hangup {
		t.Fatalf("%+v", r)
	}
}

func TestE1TheClientIsAnsweredBeforeTheNoticeAndANoticeCountsOnlyThen(t *testing.T) {
	h := newTheatre(t)
	h.noAct = true
	client := h.offer("c1", "")
	h.wants("c1", "") // 200 is sent, the ACK has not come
	h.link(client, fmc.Up)
	h.wants("c1", "client:recording-notice")
}

func TestInvariant1AVoicemailNeverGetsTheClient(t *testing.T) {
	h, client := ringing(t)
	mobile := h.leg("c1", "mobile")
	h.link(mobile, fmc.Alerting)
	h.run(h.now + 5*second)
	h.link(mobile, fmc.Up)
	h.run(h.now + 7*second)
	h.wants("c1", "client:ringback mobile:confirm")
	h.run(h.now + 1500*time.Millisecond)
	if h.told[mobile].Meaning != cause.Unconfirmed || !h.up[client] {
		t.Fatalf("told %v", h.told[mobile])
	}
}

func TestInvariant2AnUnconfirmedAnswerCancelsNobody(t *testing.T) {
	h, _ := ringing(t)
	h.link(h.leg("c1", "mobile"), fmc.Up)
	if !h.up[h.leg("c1", "sip")] || !h.up[h.leg("c1", "mobile2")] {
		t.Fatal("an unconfirmed answer cancelled another leg")
	}
	h.link(h.leg("c1", "sip"), fmc.Up) // a desk phone needs no key: it wins
	h.wants("c1", "[client sip tape] mobile:already-taken")
	h.played("c1")
	if h.up[h.leg("c1", "mobile")] {
		t.Fatal("the loser hangs on after its word")
	}
}

func TestTheRingIsExtendedForWhoIsAboutToConfirm(t *testing.T) {
	h, _ := ringing(t)
	mobile := h.leg("c1", "mobile")
	h.link(mobile, fmc.Alerting)
	h.run(h.now + 19*second)
	h.link(mobile, fmc.Up) // six seconds before the group's 25 s are over
	h.run(h.now + 7*second)
	h.keys(mobile, "1")
	h.wants("c1", "[client mobile tape]")
}

func TestRingTimeCountsFromAlertingAndTheGroupFromItsStart(t *testing.T) {
	h, _ := ringing(t)
	sip := h.leg("c1", "sip")
	started := h.now
	h.run(started + 4*second)
	h.link(sip, fmc.Alerting)
	h.run(started + 23900*time.Millisecond)
	if !h.up[sip] {
		t.Fatal("released before its 20 s of alerting")
	}
	h.run(started + 24100*time.Millisecond)
	if h.up[sip] {
		t.Fatal("rings on after its 20 s of alerting")
	}
	h.run(started + 25100*time.Millisecond)
	h.wants("c1", "client:leave-message")
}

func TestAPersonWhoPresses2IsSkippedOnEveryDevice(t *testing.T) {
	h, _ := ringing(t)
	h.link(h.leg("c1", "mobile"), fmc.Up)
	h.keys(h.leg("c1", "mobile"), "2")
	if h.up[h.leg("c1", "sip")] || !h.up[h.leg("c1", "mobile2")] {
		t.Fatal("who declined is rung on, or the colleague is not")
	}
}

func TestAPersonWhoPresses3SendsTheClientToVoicemail(t *testing.T) {
	h, client := ringing(t)
	h.link(h.leg("c1", "mobile"), fmc.Up)
	h.keys(h.leg("c1", "mobile"), "3")
	h.wants("c1", "client:leave-message")
	h.played("c1")
	h.wants("c1", "[client mail tape]")
	h.run(h.now + 9*second)
	h.hangUp(client)
	r := h.over("c1", fmc.StatusVoicemail)
	if len(r.Mail) != 1 || r.Mail[0].Group != "sales" {
		t.Fatalf("%+v", r.Mail)
	}
}

func TestAMessageThatTheTapeCutsOffIsListed(t *testing.T) {
	h, client := ringing(t)
	h.link(h.leg("c1", "mobile"), fmc.Up)
	h.keys(h.leg("c1", "mobile"), "3")
	h.played("c1")
	h.run(h.now + 9*second)
	h.post("c1", TapeIs{State: fmc.TapeFailed, Why: "The disk is full."})
	h.hangUp(client)
	if r := h.over("c1", fmc.StatusVoicemail); len(r.Mail) != 1 || r.Recording.State != fmc.TapeFailed {
		t.Fatalf("%+v, %v", r.Mail, r.Recording.State)
	}
}

func TestTheMenuTakesAnExtensionAndItsDigitsAreAsked(t *testing.T) {
	h := newTheatre(t)
	client := h.offer("c1", "")
	h.played("c1")
	h.keys(client, "205")
	last := h.asked[len(h.asked)-1]
	if last.What != plan.AskExtension || last.Digits != "205" {
		t.Fatalf("asked %+v", last)
	}
	h.link(h.leg("c1", "sip"), fmc.Up)
	h.wants("c1", "[client sip tape]")
}

func TestSilenceInTheMenuGoesToItsDefault(t *testing.T) {
	h := newTheatre(t)
	h.offer("c1", "")
	h.played("c1")
	h.played("c1")
	h.run(h.now + 5900*time.Millisecond)
	h.wants("c1", "")
	h.run(h.now + 200*time.Millisecond)
	h.wants("c1", "client:ringback")
}

func TestAClientWhoHangsUpInTheNoticeIsAbandonedNotMissed(t *testing.T) {
	h := newTheatre(t)
	client := h.offer("c1", "")
	h.run(second)
	h.hangUp(client)
	h.over("c1", fmc.StatusAbandoned)
}

func TestAClientWhoHangsUpWhileItRingsIsMissed(t *testing.T) {
	h, client := ringing(t)
	h.ends(client, cause.Cancelled)
	h.over("c1", fmc.StatusMissed)
}

func TestAnAnswerThatCrossesOurReleaseIsReleasedAgain(t *testing.T) {
	h, client := ringing(t)
	sip := h.leg("c1", "sip")
	delete(h.up, sip) // its Gone is not reported yet
	h.hangUp(client)
	h.told[sip] = cause.Cause{}
	h.up[sip] = true
	h.link(sip, fmc.Up)
	if h.told[sip].Meaning != cause.Cancelled {
		t.Fatalf("a late answer was told %v", h.told[sip])
	}
	h.over("c1", fmc.StatusMissed)
}

func TestACallOutShowsProgressHearsEarlyMediaAndTheNoticeIsForBoth(t *testing.T) {
	h := newTheatre(t)
	h.offer("c1", "ivanov")
	out := h.leg("c1", "outside")
	h.post("c1", LinkIs{Leg: out, Link: fmc.Dialing, Early: true})
	h.wants("c1", "ivanov:early media")
	h.link(out, fmc.Up)
	h.wants("c1", "ivanov:recording-notice outside:recording-notice")
	h.played("c1")
	h.wants("c1", "[ivanov outside tape]")
	h.hangUp(out)
	if r := h.over("c1", fmc.StatusAnswered); r.Who.Employee != "ivanov" {
		t.Fatalf("%+v", r)
	}
}

func TestACallOutToABusyClientIsToldSo(t *testing.T) {
	h := newTheatre(t)
	caller := h.offer("c1", "ivanov")
	h.ends(h.leg("c1", "outside"), cause.Busy)
	if h.told[caller].Meaning != cause.Busy {
		t.Fatalf("told %v", h.told[caller])
	}
	h.over("c1", fmc.StatusNotAnswered)
}

func TestHoldFromTheFarSideGivesTheOtherMusic(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.post("c1", HeldIs{Leg: mobile, Held: true})
	h.wants("c1", "client:music")
	h.run(h.now + 5*second)
	h.post("c1", HeldIs{Leg: mobile, Held: false})
	h.wants("c1", "[client mobile tape]")
	h.hangUp(client)
	r := h.over("c1", fmc.StatusAnswered)
	held := false
	for _, s := range r.Recording.Spans {
		held = held || s.Kind == fmc.SpanHold && s.To-s.From == 5*second
	}
	if !held {
		t.Fatalf("no hold of 5 s in %+v", r.Recording.Spans)
	}
}

func TestE4HoldByKey(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*5")
	h.wants("c1", "mobile:beep client:music")
	h.played("c1")
	h.wants("c1", "client:music mobile:music")
	h.run(h.now + 15*second)
	h.wants("c1", "mobile:hold-reminder client:music")
	h.played("c1")
	h.run(h.now + 15*second)
	h.wants("c1", "mobile:hold-reminder client:music")
	h.keys(mobile, "*5")
	h.wants("c1", "[client mobile tape] mobile:beep")
	h.run(h.now + 16*second)
	h.wants("c1", "[client mobile tape]")
}

func TestE4AttendedTransferIsCompletedByHangingUp(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "*2105#")
	target := h.leg("c1", "t105")
	h.wants("c1", "client:music mobile:ringback")
	h.link(target, fmc.Up)
	h.keys(target, "1")
	h.wants("c1", "[mobile t105 tape] client:music")
	h.hangUp(mobile)
	h.wants("c1", "[client t105 tape]")
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
}

func TestE4AttendedTransferIsCompletedByKey(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*2105#")
	target := h.leg("c1", "t105")
	h.link(target, fmc.Up)
	h.keys(target, "1")
	h.keys(mobile, "*2")
	h.wants("c1", "[client t105 tape]")
	if h.up[mobile] {
		t.Fatal("who transferred stays")
	}
}

func TestE4TheOneConsultedLeavesAndThePersonReturns(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*2105#")
	target := h.leg("c1", "t105")
	h.link(target, fmc.Up)
	h.keys(target, "1")
	h.hangUp(target)
	h.wants("c1", "[client mobile tape]")
}

func TestE4ReturnFromAConsultation(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*2105#")
	h.keys(mobile, "*0")
	h.wants("c1", "[client mobile tape]")
	if h.up[h.leg("c1", "t105")] {
		t.Fatal("the target rings on")
	}
}

func TestE4HangingUpWhileTheTargetRingsBringsTheClientBackToThePerson(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*2105#")
	h.hangUp(mobile)
	back := h.leg("c1", "mobile")
	if back == mobile {
		t.Fatal("the person is not rung again")
	}
	h.link(back, fmc.Up)
	h.keys(back, "1")
	h.wants("c1", "[client mobile tape]")
}

func TestE4ThreeWayAndDropLast(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "*2105#")
	target := h.leg("c1", "t105")
	h.link(target, fmc.Up)
	h.keys(target, "1")
	h.keys(mobile, "*6")
	h.wants("c1", "[client mobile t105 tape]")
	h.keys(mobile, "*0")
	h.wants("c1", "[client mobile tape]")
	if h.up[target] {
		t.Fatal("the last who joined stays")
	}
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
}

func TestAConferenceGoesOnWithoutTheLegItBeganWith(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "*2105#")
	target := h.leg("c1", "t105")
	h.link(target, fmc.Up)
	h.keys(target, "1")
	h.keys(mobile, "*6")
	h.hangUp(client)
	h.wants("c1", "[mobile t105 tape]")
}

func TestE4BlindTransferBouncesBack(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*3105#")
	if h.up[mobile] {
		t.Fatal("who transferred stays")
	}
	h.link(h.leg("c1", "t105"), fmc.Alerting)
	h.run(h.now + 21*second)
	back := h.leg("c1", "mobile")
	if back == mobile || !h.up[back] {
		t.Fatal("the client is not brought back")
	}
}

func TestE4ParkAndRetrieveByAnotherCall(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "*41#")
	h.wants("c1", "mobile:parked-in+digits/1 client:music")
	h.played("c1")
	if h.up[mobile] {
		t.Fatal("who parked stays")
	}
	h.plans[plan.AskStart] = h.plans[plan.AskRetrieve]
	h.offer("c2", "petrov")
	h.wants("c1", "[client petrov tape]")
	if r := h.over("c2", fmc.StatusMerged); r.MergedInto != "c1" {
		t.Fatalf("merged into %q", r.MergedInto)
	}
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
}

func TestE4AParkedClientIsRecalled(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*41#")
	h.run(h.now + 91*second)
	if back := h.leg("c1", "mobile"); back == mobile {
		t.Fatal("nobody is rung for the parked client")
	}
}

func TestE4PauseResumesByItself(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "*7")
	h.wants("c1", "[client mobile] mobile:recording-paused")
	h.played("c1")
	h.wants("c1", "[client mobile]")
	h.run(h.now + 121*second)
	h.wants("c1", "[client mobile tape] mobile:recording-resumed")
	h.hangUp(client)
	r := h.over("c1", fmc.StatusAnswered)
	paused := false
	for _, s := range r.Recording.Spans {
		paused = paused || s.Kind == fmc.SpanPause && s.To-s.From == 2*time.Minute && s.By == "ivanov"
	}
	if !paused {
		t.Fatalf("no pause in %+v", r.Recording.Spans)
	}
}

func TestE4AMarkAndALiteralStarReachTheRecordAndNobody(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "*1**9")
	h.wants("c1", "[client mobile tape] mobile:soft-beep")
	if h.pressed[client] != "*9" || h.pressed[mobile] != "" {
		t.Fatalf("pressed for the client: %q, for the person: %q", h.pressed[client], h.pressed[mobile])
	}
	h.hangUp(client)
	if r := h.over("c1", fmc.StatusAnswered); len(r.Marks) != 1 {
		t.Fatalf("marks %v", r.Marks)
	}
}

func TestE5MoveToAnotherDeviceKeepsTheTalkUntilItIsThere(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*8")
	h.wants("c1", "[client mobile tape]")
	h.link(h.leg("c1", "soft"), fmc.Up)
	h.wants("c1", "[client soft tape] mobile:moved")
	h.played("c1")
	if h.up[mobile] {
		t.Fatal("the old device stays")
	}
}

func TestE5AMoveThatFailsLeavesTheTalkAlone(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*8")
	h.ends(h.leg("c1", "soft"), cause.Unreachable)
	h.wants("c1", "[client mobile tape] mobile:error")
}

func TestE5ADeviceLostInMidMoveIsReplacedWhenTheOtherAnswers(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*8")
	h.ends(mobile, cause.Lost)
	h.link(h.leg("c1", "soft"), fmc.Up)
	h.wants("c1", "[client soft tape]")
}

func TestAPersonLostInSpeechIsAskedForAgain(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.ends(mobile, cause.Lost)
	back := h.leg("c1", "mobile")
	if back == mobile {
		t.Fatal("not redialled")
	}
	h.link(back, fmc.Up)
	h.keys(back, "1")
	h.wants("c1", "[client mobile tape]")
}

func TestAPersonWhoHangsUpIsNeverRungBack(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.hangUp(mobile)
	h.over("c1", fmc.StatusAnswered)
}

func TestPickUpOfARingingCall(t *testing.T) {
	h, client := ringing(t)
	start := h.plans[plan.AskStart]
	h.plans[plan.AskStart] = h.plans[plan.AskPickUp]
	picker := h.offer("c2", "sidorov")
	h.plans[plan.AskStart] = start
	h.wants("c1", "[client sidorov tape]")
	if len(h.up) != 2 || !h.up[picker] {
		t.Fatalf("others still ring: %v", h.up)
	}
	h.hangUp(picker)
	r := h.over("c1", fmc.StatusAnswered)
	i := slices.IndexFunc(r.Legs, func(l fmc.LegRecord) bool { return l.Leg == picker })
	if i < 0 || r.Legs[i].Up == 0 || r.Legs[i].Gone == 0 || r.Who.Employee != "sidorov" {
		t.Fatalf("the record does not tell who picked the call up: %+v, %+v", r.Who, r.Legs)
	}
	h.over("c2", fmc.StatusMerged)
	if h.up[client] {
		t.Fatal("the client hangs on")
	}
}

func TestALegThatMovedIsHungUpByTheRecordOfTheCallThatHasIt(t *testing.T) {
	h, _ := ringing(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Say, Say: "wait"}, h.plans[plan.AskPickUp](plan.Request{}).Nodes[0]}}
	}
	picker := h.offer("c2", "sidorov")
	dialog := &fmc.Dialog{CallID: "of the picker"}
	h.post("c2", LinkIs{Leg: picker, Link: fmc.Up, Dialog: dialog})
	h.run(second)
	h.played("c2")
	h.wants("c1", "[client sidorov tape]")
	for _, l := range fmc.Fold(h.facts["c1"]).Legs { // as after a kill
		if l.Leg == picker && l.Dialog == dialog && l.Gone == 0 {
			return
		}
	}
	t.Fatal("the facts of the call that has the leg do not say how to hang it up")
}

func TestPickUpOfNothingIsToldSo(t *testing.T) {
	h := newTheatre(t)
	h.plans[plan.AskStart] = h.plans[plan.AskPickUp]
	h.offer("c2", "sidorov")
	h.wants("c2", "sidorov:no-call")
	h.played("c2")
	h.over("c2", fmc.StatusNotAnswered)
}

func TestReplacesPutsALegInAnothersPlace(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Give, Gift: fmc.Replace, Whom: mobile}}}
	}
	h.offer("c2", "petrov")
	h.wants("c1", "[client petrov tape]")
	if h.up[mobile] {
		t.Fatal("the one replaced stays")
	}
}

func TestJoinMakesAConference(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Give, Gift: fmc.Join, Whom: mobile}}}
	}
	h.offer("c2", "petrov")
	h.wants("c1", "[client mobile petrov tape] client:beep mobile:beep")
}

func TestALegGivenToACallThatEndedIsNotLeftHanging(t *testing.T) {
	h, client, _ := talkingTo(t)
	h.hangUp(client)
	h.over("c1", fmc.StatusAnswered)
	late := fmc.LegID{Call: "c9", N: 1}
	h.up[late], h.legs[late] = true, "c1"
	h.post("c1", LegGiven{Party: Party{Leg: late, Role: fmc.Worker, Link: fmc.Up, Assent: fmc.NotNeeded}, Gift: fmc.Join})
	if h.up[late] {
		t.Fatal("it hangs")
	}
}

func TestE2BACallBackRingsThePersonFirstAndOnlyThenTheClient(t *testing.T) {
	h := newTheatre(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{
			{Do: plan.Ring, Tries: []plan.Try{{Device: "mobile", Employee: "ivanov", Role: fmc.Worker, For: 30 * second, Confirm: true, Lines: []plan.Candidate{{Line: "trunk:carrier-a"}}}}},
			{Do: plan.Ask, Query: plan.Query{What: plan.AskOut}},
		}}
	}
	h.open("c1", plan.Request{Company: "acme", Direction: fmc.Outbound, Employee: "ivanov"}, Wished{Wish{Kind: WishBegin}})
	mobile := h.leg("c1", "mobile")
	h.link(mobile, fmc.Up)
	if len(h.up) != 1 {
		t.Fatal("the client is called before the person confirmed")
	}
	h.keys(mobile, "1")
	h.link(h.leg("c1", "outside"), fmc.Up)
	h.played("c1")
	h.wants("c1", "[mobile outside tape]")
}

func TestE3SecretKeysAreCountedNeverKept(t *testing.T) {
	h := newTheatre(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{
			{Do: plan.Gather, Say: "enter-pin", Most: 8, Secret: true},
			{Do: plan.Ask, Query: plan.Query{What: plan.AskExtension, Secret: true}},
		}}
	}
	caller := h.offer("c1", "ivanov")
	h.keys(caller, "4711#")
	if q := h.asked[len(h.asked)-1]; q.Digits != "4711" {
		t.Fatalf("the decision did not get the PIN: %+v", q)
	}
	for _, f := range h.facts["c1"] {
		b, err := f.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if contains(b, "4711") {
			t.Fatalf("the PIN stands in a fact: %s", b)
		}
	}
}

func contains(b []byte, s string) bool {
	for i := 0; i+len(s) <= len(b); i++ {
		if string(b[i:i+len(s)]) == s {
			return true
		}
	}
	return false
}

func TestInvariant6AFailClosedCallDoesNotGoOnWithoutATape(t *testing.T) {
	h := newTheatre(t)
	h.noTape = true
	group := h.plans[plan.AskGroup]
	h.plans[plan.AskGroup] = func(r plan.Request) plan.Plan {
		p := group(r)
		p.Recording.FailClosed = true
		return p
	}
	client := h.offer("c1", "")
	h.played("c1")
	h.keys(client, "2#")
	h.link(h.leg("c1", "sip"), fmc.Up)
	h.wants("c1", "client:unavailable")
	h.played("c1")
	h.over("c1", fmc.StatusMissed)
}

func TestInvariant6AnotherCallGoesOnAndTheRecordSaysThatTheTapeFailed(t *testing.T) {
	h := newTheatre(t)
	h.noTape = true
	client := h.offer("c1", "")
	h.played("c1")
	h.keys(client, "2#")
	h.link(h.leg("c1", "sip"), fmc.Up)
	h.wants("c1", "[client sip]")
	h.hangUp(client)
	if r := h.over("c1", fmc.StatusAnswered); r.Recording.State != fmc.TapeFailed {
		t.Fatalf("recording %+v", r.Recording)
	}
}

func TestInvariant6ATapeHasOneSecond(t *testing.T) {
	h := newTheatre(t)
	h.noAct = true
	client := h.offer("c1", "")
	h.link(client, fmc.Up)
	h.played("c1")
	h.keys(client, "2#")
	h.link(h.leg("c1", "sip"), fmc.Up)
	h.wants("c1", "client:music sip:music")
	h.run(1100 * time.Millisecond)
	h.wants("c1", "[client sip]")
}

func TestInvariant4AStricterRuleFoundLaterIsAppliedBeforeBridging(t *testing.T) {
	h := newTheatre(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan { // nothing said that it is recorded
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Ask, Query: plan.Query{What: plan.AskGroup, Group: "sales"}}}}
	}
	h.offer("c1", "")
	h.link(h.leg("c1", "sip"), fmc.Up)
	h.wants("c1", "client:recording-notice sip:recording-notice")
	h.run(3 * second)
	h.played("c1")
	h.wants("c1", "[client sip tape]")
}

func TestInvariant4AMissingNoticeIsNotRecordedOver(t *testing.T) {
	h := newTheatre(t)
	client := h.offer("c1", "")
	for _, x := range h.calls["c1"].Wiring.Hears {
		h.post("c1", Played{Asked: x.Asked, Missing: true})
	}
	h.keys(client, "2#")
	h.link(h.leg("c1", "sip"), fmc.Up)
	h.wants("c1", "[client sip]")
}

func TestInvariant3EveryContactHasOneRecordAndItIsClosedOnce(t *testing.T) {
	h, client, _ := talkingTo(t)
	h.hangUp(client)
	h.hangUp(client)
	h.run(h.now + time.Minute)
	closed := 0
	for _, f := range h.facts["c1"] {
		if _, ok := f.Body.(fmc.Closed); ok {
			closed++
		}
	}
	if closed != 1 {
		t.Fatalf("closed %d times", closed)
	}
}

func TestInvariant13ALegThatNeverReportsItsEndDoesNotOutliveTheCall(t *testing.T) {
	h, client, mobile := talkingTo(t)
	delete(h.up, mobile) // its Gone never comes
	h.hangUp(client)
	if h.calls["c1"].Over() {
		t.Fatal("closed at once although a leg is not gone")
	}
	h.run(h.now + 33*second)
	h.over("c1", fmc.StatusAnswered)
}

func TestAClientLostInSpeechIsToldToThePerson(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.ends(client, cause.Lost)
	h.wants("c1", "mobile:client-left")
	h.played("c1")
	if h.up[mobile] {
		t.Fatal("the person hangs on")
	}
	h.over("c1", fmc.StatusAnswered)
}

func TestAWishToHangUpEndsEverything(t *testing.T) {
	h, _, _ := talkingTo(t)
	h.post("c1", Wished{Wish{Kind: WishHangUp, Cause: cause.Of(cause.Refused)}})
	h.over("c1", fmc.StatusAnswered)
}

func TestAPlanThatGoesRoundEndsAsOurFault(t *testing.T) {
	h := newTheatre(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Talk, On: map[plan.Outcome]int{plan.Done: 0}}}}
	}
	h.offer("c1", "")
	if r := h.over("c1", fmc.StatusFailed); r.Cause.Fault != cause.FaultUs {
		t.Fatalf("%+v", r.Cause)
	}
}

func TestStepLeavesItsArgumentAlone(t *testing.T) {
	h, client, mobile := talkingTo(t)
	old := *h.calls["c1"]
	before := dump(old)
	for _, ev := range []Event{
		Digit{Leg: mobile, Key: '*'},
		LinkIs{Leg: mobile, Link: fmc.Gone},
		LinkIs{Leg: client, Link: fmc.Gone},
		HeldIs{mobile, true},
		Wished{Wish{Kind: WishHold, Leg: mobile}},
		Wished{Wish{Kind: WishConsult, Leg: mobile, Digits: "105"}},
		Wished{Wish{Kind: WishPause, Leg: mobile}},
		Wished{Wish{Kind: WishHangUp}},
	} {
		Step(old, h.now, ev)
		if after := dump(old); after != before {
			t.Fatalf("%T changed the value before it:\n%s\n%s", ev, before, after)
		}
	}
}

func TestATurnThatCameToNothingIsNotRepeatedBecauseItsOwnLegWent(t *testing.T) {
	h := newTheatre(t)
	h.act = func(c Call, cmd Command) {
		if r, ok := cmd.(Release); ok && r.Leg.N > 1 { // a phone takes a moment to be gone
			delete(h.up, r.Leg)
			h.after(second/20, r.Leg, gone(r.Leg, cause.Cancelled))
			return
		}
		h.acts(c, cmd)
	}
	rounds := 0
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Wait, Group: "sales", For: 600 * second}, {Do: plan.Ask, Query: plan.Query{What: plan.AskGroup}}}}
	}
	h.plans[plan.AskGroup] = func(plan.Request) plan.Plan {
		rounds++
		try := plan.Try{Device: "sip", Employee: "ivanov", Role: fmc.Worker, For: 20 * second, Lines: []plan.Candidate{{Line: "line:sip"}}}
		return plan.Plan{Nodes: []plan.Node{
			{Do: plan.Ring, Group: "sales", For: 10 * second, Tries: []plan.Try{try}, On: map[plan.Outcome]int{plan.NoAnswer: 1, plan.Unreachable: 1}},
			{Do: plan.Wait, Group: "sales", For: 600 * second},
			{Do: plan.Ask, Query: plan.Query{What: plan.AskGroup}},
		}}
	}
	client := h.offer("c1", "")
	h.run(13 * second) // rung for ten seconds, then nobody came free but the phone that rang in vain
	if rounds != 1 {
		t.Fatalf("the group was rung %d times in 13 s, want once: the next turn is %s after one that came to nothing", rounds, turnAgain)
	}
	h.hangUp(client)
	h.run(h.now + second)
	h.over("c1", fmc.StatusMissed)
}

func TestAHoldThatATransferEndsEndsInTheRecordToo(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "*5")
	h.run(h.now + 5*second)
	h.keys(mobile, "*3104#")
	h.run(h.now + second)
	h.link(h.leg("c1", "t104"), fmc.Up)
	h.keys(h.leg("c1", "t104"), "1")
	h.run(h.now + 60*second)
	h.hangUp(client)
	for _, s := range h.over("c1", fmc.StatusAnswered).Recording.Spans {
		if s.Kind == fmc.SpanHold && s.To-s.From > 6*second {
			t.Fatalf("the record says that the client was on hold from %v to %v; the transfer took them back after 5 s", s.From, s.To)
		}
	}
}

func TestAHoldByKeyAndOneByTheFarEndAreTwoSpans(t *testing.T) {
	h, client, mobile := talkingTo(t)
	h.keys(mobile, "*5")
	h.run(h.now + 2*second)
	h.post("c1", HeldIs{Leg: client, Held: true})
	h.run(h.now + 3*second)
	h.keys(mobile, "*5")
	h.run(h.now + 4*second)
	h.post("c1", HeldIs{Leg: client, Held: false})
	h.hangUp(client)
	lasted := map[fmc.EmployeeID]time.Duration{}
	for _, s := range h.over("c1", fmc.StatusAnswered).Recording.Spans {
		if s.Kind == fmc.SpanHold {
			lasted[s.By] += (s.To - s.From).Round(second)
		}
	}
	if lasted["ivanov"] != 5*second || lasted[""] != 7*second {
		t.Fatalf("the person held for %v, the client for %v; want 5 s and 7 s", lasted["ivanov"], lasted[""])
	}
}

func TestANoticeThatAHoldCutsAtItsEndIsHeardAgain(t *testing.T) {
	h := newTheatre(t)
	h.plans[plan.AskStart] = func(r plan.Request) plan.Plan { return h.plans[plan.AskGroup](r) }
	client := h.offer("c1", "")
	h.link(h.leg("c1", "sip"), fmc.Up)
	h.wants("c1", "client:recording-notice sip:recording-notice")
	ends := h.calls["c1"].Wiring.Hears[0].Asked
	h.run(second)
	h.post("c1", HeldIs{Leg: client, Held: true})
	h.post("c1", Played{Asked: ends, Version: "v1", Language: "en"}) // it was on its way
	h.post("c1", HeldIs{Leg: client})
	h.wants("c1", "client:recording-notice sip:recording-notice")
	h.played("c1")
	h.wants("c1", "[client sip tape]")
}

func TestWhoWasOnHoldWhenThePersonWasLostHearsTheNextOne(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*5")
	h.ends(mobile, cause.Lost)
	again := h.leg("c1", "mobile")
	h.link(again, fmc.Up)
	h.keys(again, "1")
	h.wants("c1", "[client mobile tape]")
}

func TestAConferenceOnHoldGoesOnWhenWhoHeldItLeaves(t *testing.T) {
	h, _, mobile := talkingTo(t)
	h.keys(mobile, "*2104#")
	h.run(h.now + second)
	h.link(h.leg("c1", "t104"), fmc.Up)
	h.keys(h.leg("c1", "t104"), "1")
	h.keys(mobile, "*6")
	h.wants("c1", "[client mobile t104 tape]")
	h.keys(mobile, "*5")
	h.wants("c1", "mobile:beep client:music t104:music")
	h.hangUp(mobile)
	h.wants("c1", "[client t104 tape]")
}
