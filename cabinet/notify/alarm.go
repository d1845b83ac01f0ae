package notify

import (
	"context"
	"slices"
	"strings"
	"time"

	"roadline/cabinet/phrase"
	"roadline/fmc"
	"roadline/store"
	"roadline/store/jobs"
)

// alarmLetter is a letter about one alarm to one address.
const alarmLetter store.JobKind = "alarm_letter"

// administrator is the role whose people are told of alarms, as company files write it.
const administrator = "administrator"

// alarm tells of a condition that somebody should see to: those whom the company's file names for alerts, and its
// administrators.
func (d *Desk) alarm(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, err := d.company(t)
	if err != nil {
		return nil, err
	}
	a, err := d.o.Store.For(t.Company).Alarm(ctx, int64(t.N))
	if err != nil {
		return nil, err
	}
	d.o.Log.Warn("alarm", "company", t.Company, "text", string(a.Kind), "target", a.About)
	if d.o.Post == nil {
		return nil, nil
	}
	to := slices.Clone(c.Rules.Alerts)
	for i := range c.Employees {
		if slices.Contains(c.Employees[i].Roles, administrator) {
			to = append(to, c.Employees[i].Mail)
		}
	}
	return each(alarmLetter, t, to), nil
}

// alarmLetter mails an alarm, unless it is over already.
func (d *Desk) alarmLetter(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	c, err := d.company(t)
	if err != nil || d.o.Post == nil {
		return nil, err
	}
	a, err := d.o.Store.For(t.Company).Alarm(ctx, int64(t.N))
	if err != nil || a.Cleared != nil {
		return nil, err
	}
	w := wordsOf(c)
	said, known := w.alarms[a.Kind]
	if !known {
		said = alarmWords{subject: string(a.Kind), text: "{about}"}
	}
	l := d.letter(t, c, t.To)
	fill := w.filler(c, a)
	l.Subject = oneLine(fill.Replace(said.subject))
	l.Text = w.at(c, a.Raised) + "  " + fill.Replace(said.text) + "\n"
	advice := said.advice
	if a.Kind == fmc.AlarmPackageShort && a.Values["moves"] == "" {
		advice = w.buyMinutes
	}
	if advice != "" {
		l.Text += "\n" + fill.Replace(advice) + "\n"
	}
	return nil, d.o.Post.Send(ctx, l)
}

// filler puts an alarm's values where its words name them: "{used} of {quota}".
func (w *words) filler(c *fmc.Company, a store.Alarm) *strings.Replacer {
	pairs := []string{"{about}", a.About}
	for name, value := range a.Values {
		switch name {
		case "why", "wayout", "state": // the node says them in English
			value = phrase.In(c.Profile.Language).Text(value)
		case "day", "end":
			if day, err := time.Parse(time.DateOnly, value); err == nil {
				value = day.Format(w.day)
			}
		}
		pairs = append(pairs, "{"+name+"}", oneLine(value))
	}
	return strings.NewReplacer(pairs...)
}

// alarmWords are of one kind of alarm, with the alarm's values in braces.
type alarmWords struct{ subject, text, advice string }

var alarmsEnglish = map[fmc.AlarmKind]alarmWords{
	fmc.AlarmQuotaNear:    {"Recordings take {share} % of their room", "Recordings take {used} of {quota}.", "What to do: raise \"quota\" in the company's file, or keep recordings for less time (\"keep\"). Once the room is full, the oldest of the shortest term are deleted, and never what is held."},
	fmc.AlarmQuotaReached: {"The room for recordings is full: the oldest were deleted", "To make room, {deleted} of recordings were deleted, the oldest of: {classes}. Recordings now take {used} of {quota}.", "What to do: raise \"quota\" in the company's file, or hold what must not be deleted."},
	fmc.AlarmQuotaHeld:    {"The room for recordings is full, and all that is left is held", "Recordings take {used} of {quota}; {held} are held and may not be deleted. New calls go on being recorded as long as the disk has room.", "What to do: raise \"quota\", or let go what need not be held any more: roadline recordings --state held"},
	fmc.AlarmNoFile:       {"Recordings are missing on the disk", "Files of {count} recordings are missing, such as {example}.", "What to do: bring them back from a copy of the recordings' folder, or look whether somebody moved them."},
	fmc.AlarmStrayFile:    {"Files that belong to no recording", "{count} files lie among the recordings and belong to no call, such as {example}.", "What to do: nothing is deleted by itself. If a database was brought back from an older copy, they may be of calls that it lost; else remove them."},
	fmc.AlarmLineDown:     {"Line {line} does not serve: {state}", "Line {line} does not take calls: {why}.", "What to do: {wayout}"},
	fmc.AlarmTrunkDown:    {"Trunk {about} does not serve", "Trunk {about} does not take calls: {why}.", "What to do: look whether the carrier answers; calls go by other lines meanwhile where the company has some."},
	fmc.AlarmForwarding:   {"Calls that card {line} cannot take go nowhere", "Where the network takes the calls of card {line} is not as the company's document wishes: {why}.", "What to do: ask the operator whether the contract has call forwarding, or write \"forward: {}\" at the card in the company's file. A client who calls while the card is in a call hears that it is busy."},
	fmc.AlarmDiverted:     {"Calls of card {line} went to a number that is not yours", "The network took calls of card {line} to {number}, which is no number of the company. Whether it was set right is said on the card's page.", "What to do: find out who had the card in a telephone, and when. The card paid for those calls."},
	fmc.AlarmBalanceLow:   {"Balance of {line} is low", "The balance of card {line} is {balance}.", "What to do: top the card up."},
	fmc.AlarmBankAway:     {"SIM bank {about} does not answer", "The server of SIM bank {about} does not answer: {why}.", "What to do: look whether osmo-remsim-server runs and is reached; until then the cards stay as they are."},
	fmc.AlarmPackageShort: {"The package of {line} runs out on {day}", "As things go, the minutes of card {line} are used up on {day}; by {end}, when its month ends, {short} min will be short.", "What to do: have other cards take calls, in minutes a day: {moves}. Or buy {short} min."},
	fmc.AlarmShadow:       {"Card {line}: a check by another card found a fault", "A call and a text between the company's own cards show of card {line}: {why}.", "What to do: look at the page \"Test calls\" of the lines, mend it, and have the card tested anew there, or by: roadline line shadow --now"},
}

var alarmsRussian = map[fmc.AlarmKind]alarmWords{
	fmc.AlarmQuotaNear:    {"Записи занимают {share} % отведённого места", "Записи занимают {used} из {quota}.", "Что делать: увеличьте «quota» в файле компании или храните записи меньше («keep»). Когда место кончится, будут удаляться самые старые записи с наименьшим сроком, но никогда — удерживаемые."},
	fmc.AlarmQuotaReached: {"Место для записей кончилось: самые старые удалены", "Чтобы освободить место, удалены записи на {deleted}, самые старые из: {classes}. Теперь записи занимают {used} из {quota}.", "Что делать: увеличьте «quota» в файле компании или удержите то, что удалять нельзя."},
	fmc.AlarmQuotaHeld:    {"Место для записей кончилось, а всё оставшееся удерживается", "Записи занимают {used} из {quota}; {held} удерживается, и удалять это нельзя. Новые звонки записываются, пока есть место на диске.", "Что делать: увеличьте «quota» или отпустите то, что удерживать уже не нужно: roadline recordings --state held"},
	fmc.AlarmNoFile:       {"Записей нет на диске", "Пропали файлы записей: {count}, например {example}.", "Что делать: верните их из копии папки записей или узнайте, не переместил ли их кто-нибудь."},
	fmc.AlarmStrayFile:    {"Файлы, которые не относятся ни к одной записи", "Среди записей лежат файлы, не относящиеся ни к одному звонку: {count}, например {example}.", "Что делать: само ничего не удаляется. Если база данных восстановлена из старой копии, это могут быть звонки, которых в ней нет; иначе удалите их."},
	fmc.AlarmLineDown:     {"Линия {line} не работает: {state}", "Линия {line} не принимает звонки: {why}.", "Что делать: {wayout}"},
	fmc.AlarmTrunkDown:    {"Транк {about} не работает", "Транк {about} не принимает звонки: {why}.", "Что делать: проверьте, отвечает ли оператор; пока звонки идут по другим линиям компании, если они есть."},
	fmc.AlarmForwarding:   {"Звонки, которые карта {line} не может принять, никуда не идут", "Сеть переадресует звонки карты {line} не так, как указано в документе компании: {why}.", "Что делать: спросите оператора, есть ли в договоре переадресация, или укажите у карты в файле компании «forward: {}». Клиент, который звонит, пока карта занята, слышит «занято»."},
	fmc.AlarmDiverted:     {"Звонки карты {line} уходили на чужой номер", "Сеть переадресовывала звонки карты {line} на {number} — это не номер компании. Удалось ли её исправить, сказано на странице карты.", "Что делать: выясните, кто и когда вставлял карту в телефон. За эти звонки платила карта."},
	fmc.AlarmBalanceLow:   {"На карте {line} мало денег", "Баланс карты {line}: {balance}.", "Что делать: пополните счёт."},
	fmc.AlarmBankAway:     {"SIM-банк {about} не отвечает", "Сервер SIM-банка {about} не отвечает: {why}.", "Что делать: проверьте, работает ли osmo-remsim-server и доступен ли он; до тех пор карты остаются как есть."},
	fmc.AlarmPackageShort: {"Пакет {line} кончится {day}", "Если всё пойдёт как сейчас, минуты карты {line} кончатся {day}; до {end}, когда кончается её месяц, не хватит {short} мин.", "Что делать: перевести звонки на другие карты, минут в день: {moves}. Или докупить {short} мин."},
	fmc.AlarmShadow:       {"Карта {line}: проверка другой картой нашла неполадку", "Звонок и сообщение между своими картами компании показали неполадку карты {line}: {why}.", "Что делать: исправьте и проверьте карту заново на странице «Пробные звонки» в разделе линий или командой roadline line shadow --now"},
}
