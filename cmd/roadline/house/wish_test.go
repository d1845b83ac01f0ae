package house

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

const accessCard, otherCard = fmc.ICCID("8970101000000000018"), fmc.ICCID("8970101000000000026")

// roadCompany is a company whose first card has access.
func roadCompany() *fmc.Company {
	number := func(s string) callerid.Number { return callerid.Received(s, "RU") }
	return &fmc.Company{
		Profile: fmc.Profile{ID: "acme", Country: "RU"},
		Numbers: []fmc.Number{
			{Number: number("+79031112233"), SIM: accessCard, Access: fmc.CallBack},
			{Number: number("+79031112244"), SIM: otherCard},
		},
		SIMs: []fmc.SIM{{ICCID: accessCard, Number: number("+79031112233"), Operator: "north"}, {ICCID: otherCard, Number: number("+79031112244"), Operator: "South"}},
		Employees: []fmc.Employee{
			{ID: "ivanov", Extension: "201", Operator: "south", Devices: []fmc.Device{{ID: "ivanov/mobile", Kind: fmc.Mobile, Number: number("+79161234567")}}},
		},
	}
}

func TestWhomATextNames(t *testing.T) {
	for text, want := range map[string]string{
		"79121234567": "+79121234567", " +7 912 123-45-67 \n": "+79121234567", "8 (912) 123-45-67": "+79121234567", "201": "201", "810442079460000": "+442079460000",
	} {
		if got, err := wanted(roadCompany(), text); err != nil || got != want {
			t.Errorf("%q names %q, %v", text, got, err)
		}
	}
	for text, why := range map[string]string{
		"112": "dial it directly", "": "alone", "209": "no extension 209", "call 201 please": "alone", "*0": "alone", "\x00\xff": "alone", strings.Repeat("7", 400): "alone",
	} {
		if got, err := wanted(roadCompany(), text); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q names %q: %v", text, got, err)
		}
	}
}

func TestWhoMayWishByText(t *testing.T) {
	came := func(card fmc.ICCID, number, from string) fmc.MessageCame {
		return fmc.MessageCame{SIM: card, Number: callerid.Received(number, "RU"), From: from}
	}
	for what, x := range map[string]struct {
		m   fmc.MessageCame
		may bool
	}{
		"a person to a card with access":       {came(accessCard, "+79031112233", "+79161234567"), true},
		"as the network of the country writes": {came(accessCard, "+79031112233", "89161234567"), true},
		"to a card without access":             {came(otherCard, "+79031112244", "+79161234567"), false},
		"to a number that another card has":    {came(otherCard, "+79031112233", "+79161234567"), false},
		"a stranger":                           {came(accessCard, "+79031112233", "+79120000001"), false},
		"a name":                               {came(accessCard, "+79031112233", "Bank"), false},
		"nobody":                               {came(accessCard, "+79031112233", ""), false},
		"a card whose number is not known":     {came(accessCard, "", "+79161234567"), false},
	} {
		if e, ok := wisher(roadCompany(), x.m); ok != x.may || ok && e.ID != "ivanov" {
			t.Errorf("%s: %t", what, ok)
		}
	}
}

func TestAPlanRefusesThatOnlySaysWhyNot(t *testing.T) {
	no, say := cause.Because(cause.Refused, "Abroad is not allowed"), plan.Node{Do: plan.Say, Say: "not-allowed"}
	end := plan.Node{Do: plan.End, Cause: &no}
	later := end
	later.Then = &plan.Then{Employee: "ivanov"}
	for what, x := range map[string]struct {
		nodes []plan.Node
		want  bool
	}{
		"a refusal": {[]plan.Node{end}, true}, "a refusal aloud": {[]plan.Node{say, end}, true}, "one that is tried again": {[]plan.Node{later}, false},
		"somebody is rung": {[]plan.Node{{Do: plan.Ring}, end}, false}, "an end without a reason": {[]plan.Node{{Do: plan.End}}, false}, "nothing": {nil, false},
	} {
		if got := refusal(plan.Plan{Nodes: x.nodes}); (got != nil) != x.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}

func TestATextLeavesByACardThatIsFreeAndOfThePersonsOperatorFirst(t *testing.T) {
	for _, x := range []struct {
		to   string
		free []fmc.ICCID
		want []fmc.ICCID
	}{
		{"+79161234567", []fmc.ICCID{accessCard, otherCard}, []fmc.ICCID{otherCard, accessCard}},
		{"+79161234567", []fmc.ICCID{accessCard}, []fmc.ICCID{accessCard, otherCard}},
		{"+79161234567", nil, []fmc.ICCID{otherCard, accessCard}},
		{"+79120000001", []fmc.ICCID{accessCard, otherCard}, []fmc.ICCID{accessCard, otherCard}},
		{"+79120000001", []fmc.ICCID{otherCard}, []fmc.ICCID{otherCard, accessCard}},
	} {
		free := map[fmc.ICCID]bool{}
		for _, c := range x.free {
			free[c] = true
		}
		if got := senders(roadCompany(), x.to, free); !slices.Equal(got, x.want) {
			t.Errorf("to %s by %v, where %v are free", x.to, got, x.free)
		}
	}
}

func TestAReasonReadsAsASentenceInTheCompanysLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"the server is stopping": "The server is stopping.", "Abroad is not allowed.": "Abroad is not allowed.", "one\ntwo": "One; two.", "\"209\" is short": "\"209\" is short.",
	} {
		if got := reasonIn(because(cause.Denied, text, "нет"), "en"); got != want {
			t.Errorf("%q", got)
		}
	}
	abroad := plan.Plan{Nodes: []plan.Node{{Do: plan.Say, Say: plan.SayNoAbroad}, {Do: plan.End, Cause: &cause.Cause{Text: "the company does not allow calls to GB"}}}}
	for _, x := range []struct {
		err              error
		english, russian string
	}{
		{errAlone, "Write the number or the extension alone.", "Напишите только номер или внутренний номер."},
		{refusal(abroad), "The company does not allow calls to GB.", "Звонки за границу не разрешены."},
		{errors.New("a pool is closed"), "This cannot be done now: try again later.", "Сейчас это невозможно, попробуйте позже."},
		{errors.Join(errNotNow, errors.New("a pool is closed")), "This cannot be done now: try again later.", "Сейчас это невозможно, попробуйте позже."},
	} {
		if en, ru := reasonIn(x.err, "en"), reasonIn(x.err, "ru"); en != x.english || ru != x.russian {
			t.Errorf("%v: %q, %q", x.err, en, ru)
		}
	}
	if !errors.Is(errAlone, cause.Invalid) || cause.KindOf(errors.Join(errNotNow, errors.New("x"))) != cause.Unavailable {
		t.Error("a reason has lost its kind")
	}
}

func TestATextSaysHowAPersonWishesToBeRung(t *testing.T) {
	moscow := time.FixedZone("MSK", 3*60*60)
	now := time.Date(2026, 11, 28, 16, 0, 0, 0, moscow)
	clock := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, moscow) }
	for text, want := range map[string]fmc.Mode{
		"dnd": {Kind: fmc.Undisturbed}, " DND \n": {Kind: fmc.Undisturbed}, "Do not  disturb": {Kind: fmc.Undisturbed}, "не беспокоить": {Kind: fmc.Undisturbed},
		"on": {}, "На связи": {}, "on 2h": {}, "mobile": {Kind: fmc.MobileOnly}, "Мобильный до 18:30": {Kind: fmc.MobileOnly, Until: clock(28, 18, 30)},
		"dnd 2h": {Kind: fmc.Undisturbed, Until: clock(28, 18, 0)}, "не беспокоить 12 ч": {Kind: fmc.Undisturbed, Until: clock(29, 4, 0)},
		"dnd until 9.05": {Kind: fmc.Undisturbed, Until: clock(29, 9, 5)}, "dnd 16:00": {Kind: fmc.Undisturbed, Until: clock(29, 16, 0)},
	} {
		if got, ok := modeTexted(text, now, moscow); !ok || got.Kind != want.Kind || !got.Until.Equal(want.Until) {
			t.Errorf("%q: %+v, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "79121234567", "201", "dnd 0h", "dnd 25:00", "dnd 18:60", "dnd 123h", "dnd please", "off", "dnd 2h 18:30", "\x00dnd", strings.Repeat("dnd ", 50)} {
		if got, ok := modeTexted(text, now, moscow); ok {
			t.Errorf("%q: %+v", text, got)
		}
	}
	quiet := fmc.Mode{Kind: fmc.Undisturbed, Until: clock(28, 18, 30).UTC()}
	if en, ru := toldMode(quiet, "en", moscow), toldMode(quiet, "ru", moscow); en != "You are not disturbed until 18:30." || ru != "Вас не беспокоят до 18:30." {
		t.Errorf("%q, %q", en, ru)
	}
	if got := toldMode(fmc.Mode{}, "ru", moscow); got != "Ваши телефоны звонят как обычно." {
		t.Errorf("%q", got)
	}
}

func TestATextThatMayBeKeptAlreadyIsNotTriedAgain(t *testing.T) {
	kept := cause.Errorf(cause.Unavailable, "the message could not be kept, and is not sent: %w", cause.Errorf(cause.Unavailable, "the journal keeps entries in memory only"))
	if err := onlyOnce(kept); errors.Is(err, cause.Unavailable) || !errors.Is(err, cause.Conflict) {
		t.Errorf("a job tries again: %v", err)
	}
	if err := onlyOnce(nil); err != nil {
		t.Error(err)
	}
	if denied := cause.Errorf(cause.Denied, "no card may send this"); !errors.Is(onlyOnce(denied), cause.Denied) {
		t.Error("it is told otherwise than it was")
	}
}

func TestAPhoneThatAnswersTextsByItselfIsNotAnsweredAllNight(t *testing.T) {
	const person, other = "+79161234567", "+79161234568"
	var a answers
	at := time.Date(2026, 11, 28, 1, 0, 0, 0, time.UTC)
	given := 0
	for i := range 8 * 60 { // a text each minute
		if a.may(person, at.Add(time.Duration(i)*time.Minute)) {
			given++
		}
	}
	if given != 8*mostAnswers {
		t.Errorf("%d answers in eight hours", given)
	}
	if !a.may(other, at.Add(8*time.Hour)) {
		t.Error("another person is not answered")
	}
}
