package notify

import (
	"cmp"
	"fmt"
	"time"

	"roadline/fmc"
)

// words are what is written, in one language.
type words struct {
	hidden string // in place of a number
	when   string // time.Time.Format
	day    string // as well

	mailSubject                             string // whom for, from, how long
	mailText                                string // from, whom for, when, how long
	mailSound, mailCut, mailSilent          string
	callBack                                string // number
	call                                    string // id
	alertSubject                            string // the kind's
	alertLine                               string // when, what, call
	alertEnd                                string
	furtherOne, furtherMany                 string // count
	dueSubject, escalateSubject, missedText string // number; number; number, first, last, calls, due
	promisedText                            string // number, when it was promised, due
	owner, group                            string // name
	missedAdvice, hiddenAdvice              string
	buyMinutes                              string // short: where no other card can take any
	alerts                                  map[string]alertWords
	alarms                                  map[fmc.AlarmKind]alarmWords
}

// alertWords are of one kind of alert.
type alertWords struct{ subject, advice string }

// wordsOf are those of the company's language.
func wordsOf(c *fmc.Company) *words {
	w, ok := languages[c.Profile.Language]
	if !ok {
		w = languages["en"]
	}
	return &w
}

func (w *words) number(e164 string) string { return cmp.Or(e164, w.hidden) }

// at is an instant on the company's clock.
func (w *words) at(c *fmc.Company, t time.Time) string { return t.In(zone(c)).Format(w.when) }

// more says how many further alerts there are; nothing for none.
func (w *words) more(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return w.furtherOne
	}
	return fmt.Sprintf(w.furtherMany, n)
}

// minutes is a length as a clock shows it: "1:05".
func minutes(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

var languages = map[string]words{
	"en": {
		alarms:     alarmsEnglish,
		buyMinutes: "What to do: buy {short} min; no other card will have enough left.",
		hidden:     "a hidden number",
		when:       "2 Jan 2006 15:04",
		day:        "2 Jan 2006",

		mailSubject: "Voicemail for %s from %s, %s",
		mailText:    "%s left a message for %s on %s. It lasts %s.\n",
		mailSound:   "It is attached.\n",
		mailCut:     "Its first %s are attached, the rest is in the recording of the call.\n",
		mailSilent:  "It could not be attached: there is no recording of the call.\n",
		callBack:    "\nWhat to do: call %s back through the company's number.\n",
		call:        "\nCall: %s\n",

		alertSubject: "Alert: %s",
		alertLine:    "%s  %s\n  Call: %s\n",
		alertEnd:     "\nAll alerts: roadline alerts\n",
		furtherOne:   "and 1 more\n",
		furtherMany:  "and %d more\n",

		dueSubject:      "Please call back %s",
		escalateSubject: "Nobody called back %s",
		missedText: "%s called and talked with nobody.\n\nFirst call: %s\nLast call: %s\nCalls: %d\n" +
			"Should have been called back by: %s\n",
		promisedText: "%s was promised a call back.\n\nPromised: %s\nShould have been called back by: %s\n",
		owner:        "By: %s\n",
		group:        "Group: %s\n",
		missedAdvice: "\nWhat to do: call the client through the company's number; the task closes itself when somebody talks with them.\n" +
			"To give it to somebody else, or to close it by hand: roadline missed\n",
		hiddenAdvice: "\nWhat to do: nobody can be called back, for the number is hidden. Close the task by hand when somebody knows who it was: roadline missed\n",
		alerts: map[string]alertWords{
			"first_use":   {"first call through the company's number", "What to do: nothing, if this was expected. Else ask the person, and give them a new PIN."},
			"pin_wrong":   {"wrong PINs", "What to do: ask the person whether it was they. If not, somebody is guessing: give the person a new and longer PIN."},
			"pin_locked":  {"PIN locked", "What to do: ask the person whether it was they. The lock opens by itself. If it was not they, give them a new and longer PIN."},
			"cap":         {"a day's calls are used up", "What to do: look at the person's calls of today. If they are right, raise the caps; else give the person a new PIN."},
			"destination": {"a call that is not allowed", "What to do: allow such calls to the person if they need them; else ask who it was."},
			"emergency":   {"an emergency number was dialled", "What to do: call the person, who may need help."},
			"call_back":   {"calls back that came to nothing", "What to do: ask the person whether they wanted them. Somebody may show the person's number and not be they."},
		},
	},
	"ru": {
		alarms:     alarmsRussian,
		buyMinutes: "Что делать: докупить {short} мин; на других картах лишнего не будет.",
		hidden:     "скрытый номер",
		when:       "02.01.2006 15:04",
		day:        "02.01.2006",

		mailSubject: "Голосовое сообщение для: %s, от: %s, %s",
		mailText:    "Звонивший: %s. Сообщение для: %s. Оставлено %s, длительность %s.\n",
		mailSound:   "Запись приложена.\n",
		mailCut:     "Приложены первые %s, остальное — в записи звонка.\n",
		mailSilent:  "Приложить запись не удалось: записи звонка нет.\n",
		callBack:    "\nЧто делать: перезвоните по номеру %s через номер компании.\n",
		call:        "\nЗвонок: %s\n",

		alertSubject: "Внимание: %s",
		alertLine:    "%s  %s\n  Звонок: %s\n",
		alertEnd:     "\nВсе предупреждения: roadline alerts\n",
		furtherOne:   "и ещё 1\n",
		furtherMany:  "и ещё %d\n",

		dueSubject:      "Пожалуйста, перезвоните: %s",
		escalateSubject: "Клиенту не перезвонили: %s",
		missedText: "Клиент звонил и ни с кем не поговорил: %s\n\nПервый звонок: %s\nПоследний звонок: %s\nЗвонков: %d\n" +
			"Перезвонить следовало до: %s\n",
		promisedText: "Клиенту обещали перезвонить: %s\n\nОбещали: %s\nПерезвонить следовало до: %s\n",
		owner:        "Ответственный: %s\n",
		group:        "Отдел: %s\n",
		missedAdvice: "\nЧто делать: позвоните клиенту через номер компании; задача закроется сама после разговора.\n" +
			"Передать её или закрыть вручную: roadline missed\n",
		hiddenAdvice: "\nЧто делать: номер скрыт, перезвонить нельзя. Закройте задачу вручную, когда станет известно, кто звонил: roadline missed\n",
		alerts: map[string]alertWords{
			"first_use":   {"первый звонок через номер компании", "Что делать: ничего, если это ожидалось. Иначе спросите сотрудника и дайте ему новый пин-код."},
			"pin_wrong":   {"неверные пин-коды", "Что делать: спросите сотрудника, он ли это был. Если нет, пин-код подбирают: дайте сотруднику новый, длиннее."},
			"pin_locked":  {"вход по пин-коду закрыт", "Что делать: спросите сотрудника, он ли это был. Вход откроется сам. Если это был не он, дайте ему новый пин-код, длиннее."},
			"cap":         {"дневной лимит звонков исчерпан", "Что делать: посмотрите сегодняшние звонки сотрудника. Если всё верно, увеличьте лимит; иначе дайте сотруднику новый пин-код."},
			"destination": {"звонок, который не разрешён", "Что делать: разрешите сотруднику такие звонки, если они нужны; иначе выясните, кто звонил."},
			"emergency":   {"набран экстренный номер", "Что делать: позвоните сотруднику, ему может быть нужна помощь."},
			"call_back":   {"обратные звонки не состоялись", "Что делать: спросите сотрудника, заказывал ли он их. Возможно, кто-то показывает чужой номер."},
		},
	},
}
