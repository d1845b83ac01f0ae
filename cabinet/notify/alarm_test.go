package notify_test

import (
	"strings"
	"testing"

	"roadline/fmc"
)

func TestAnAlarmIsMailedOnceWithWhatToDo(t *testing.T) {
	for language, test := range map[string]struct{ subject, text, does string }{
		"en": {"Recordings take 83 % of their room", "Recordings take 41.5 GB of 50 GB.", "What to do: raise \"quota\""},
		"ru": {"Записи занимают 83 % отведённого места", "Записи занимают 41.5 GB из 50 GB.", "Что делать: увеличьте «quota»"},
	} {
		t.Run(language, func(t *testing.T) {
			f := newFirm(t, language, true)
			alarms := f.store.Alarms(f.queue)
			raise := func(kind fmc.AlarmKind, used string) {
				t.Helper()
				if err := alarms.Raise(t.Context(), fmc.Alarm{Company: "acme", Kind: kind, About: "left", Values: map[string]string{"used": used, "quota": "50 GB", "share": "83"}}); err != nil {
					t.Fatal(err)
				}
			}
			raise(fmc.AlarmQuotaNear, "41.5 GB")
			raise(fmc.AlarmQuotaNear, "41.5 GB") // it goes on
			to := map[string]bool{}
			for range 2 {
				got := f.office.Next()
				to[got.Header.Get("Envelope-To")] = true
				if got.Subject != test.subject || !strings.Contains(got.Text, test.text) || !strings.Contains(got.Text, test.does) {
					t.Errorf("%q\n%s", got.Subject, got.Text)
				}
			}
			if !to["boss@acme.example"] || !to["guard@acme.example"] {
				t.Errorf("to %v", to)
			}
			raise("of_a_later_version", "x\r\nBcc: thief@example.net")
			if got := f.office.Next(); got.Subject != "of_a_later_version" || got.Header.Get("Bcc") != "" || !strings.Contains(got.Text, "left") {
				t.Errorf("%q\n%s", got.Subject, got.Text)
			}
		})
	}
}

func TestAPackageThatWillNotSufficeIsMailedWithWhatOtherCardsCanTake(t *testing.T) {
	f := newFirm(t, "ru", true)
	alarms := f.store.Alarms(f.queue)
	for _, test := range []struct{ moves, want string }{
		{"+79160000002 – 6", "перевести звонки на другие карты, минут в день: +79160000002 – 6. Или докупить 46 мин."},
		{"", "докупить 46 мин; на других картах лишнего не будет."},
	} {
		if err := alarms.Raise(t.Context(), fmc.Alarm{Company: "acme", Kind: fmc.AlarmPackageShort, About: "1 " + test.moves, Values: map[string]string{
			"line": "+79160000001", "short": "46", "day": "2026-11-26", "end": "2026-12-01", "moves": test.moves,
		}}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := f.office.Next(); got.Subject != "Пакет +79160000001 кончится 26.11.2026" || !strings.Contains(got.Text, "до 01.12.2026") || !strings.Contains(got.Text, test.want) {
				t.Errorf("%q\n%s", got.Subject, got.Text)
			}
		}
	}
}

func TestWhyIsMailedInTheCompanysLanguage(t *testing.T) {
	f := newFirm(t, "ru", true)
	for kind, test := range map[fmc.AlarmKind]struct{ why, want string }{
		fmc.AlarmBankAway:   {"the bank's server refused with status 503", "не отвечает: сервер банка отказал с кодом 503."},
		fmc.AlarmForwarding: {"the operator refuses forwarding for this card: no contract", "не так, как указано в документе компании: оператор отказывает этой карте в переадресации: no contract."},
		fmc.AlarmShadow:     {"its text was not sent; it is heard badly", "неполадку карты +79160000001: её сообщение не отправлено; её плохо слышно."},
	} {
		if err := f.store.Alarms(f.queue).Raise(t.Context(), fmc.Alarm{Company: "acme", Kind: kind, About: "x", Values: map[string]string{"line": "+79160000001", "why": test.why}}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // it goes to two people
			if got := f.office.Next(); !strings.Contains(got.Text, test.want) {
				t.Errorf("%q\n%s", got.Subject, got.Text)
			}
		}
	}
}
