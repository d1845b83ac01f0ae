package notify

import (
	"context"
	"slices"
	"strings"

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
	fill := filler(a)
	l.Subject = oneLine(fill.Replace(said.subject))
	l.Text = w.at(c, a.Raised) + "  " + fill.Replace(said.text) + "\n"
	if said.advice != "" {
		l.Text += "\n" + fill.Replace(said.advice) + "\n"
	}
	return nil, d.o.Post.Send(ctx, l)
}

// filler puts an alarm's values where its words name them: "{used} of {quota}".
func filler(a store.Alarm) *strings.Replacer {
	pairs := []string{"{about}", a.About}
	for name, value := range a.Values {
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
	fmc.AlarmBalanceLow:   {"Balance of {line} is low", "The balance of card {line} is {balance}.", "What to do: top the card up."},
}

var alarmsRussian = map[fmc.AlarmKind]alarmWords{
	fmc.AlarmQuotaNear:    {"Записи занимают {share} % отведённого места", "Записи занимают {used} из {quota}.", "Что делать: увеличьте «quota» в файле компании или храните записи меньше («keep»). Когда место кончится, будут удаляться самые старые записи с наименьшим сроком, но никогда — удерживаемые."},
	fmc.AlarmQuotaReached: {"Место для записей кончилось: самые старые удалены", "Чтобы освободить место, удалены записи на {deleted}, самые старые из: {classes}. Теперь записи занимают {used} из {quota}.", "Что делать: увеличьте «quota» в файле компании или удержите то, что удалять нельзя."},
	fmc.AlarmQuotaHeld:    {"Место для записей кончилось, а всё оставшееся удерживается", "Записи занимают {used} из {quota}; {held} удерживается, и удалять это нельзя. Новые звонки записываются, пока есть место на диске.", "Что делать: увеличьте «quota» или отпустите то, что удерживать уже не нужно: roadline recordings --state held"},
	fmc.AlarmNoFile:       {"Записей нет на диске", "Пропали файлы записей: {count}, например {example}.", "Что делать: верните их из копии папки записей или узнайте, не переместил ли их кто-нибудь."},
	fmc.AlarmStrayFile:    {"Файлы, которые не относятся ни к одной записи", "Среди записей лежат файлы, не относящиеся ни к одному звонку: {count}, например {example}.", "Что делать: само ничего не удаляется. Если база данных восстановлена из старой копии, это могут быть звонки, которых в ней нет; иначе удалите их."},
	fmc.AlarmLineDown:     {"Линия {line} не работает: {state}", "Линия {line} не принимает звонки: {why}.", "Что делать: {wayout}"},
	fmc.AlarmTrunkDown:    {"Транк {about} не работает", "Транк {about} не принимает звонки: {why}.", "Что делать: проверьте, отвечает ли оператор; пока звонки идут по другим линиям компании, если они есть."},
	fmc.AlarmBalanceLow:   {"На карте {line} мало денег", "Баланс карты {line}: {balance}.", "Что делать: пополните счёт."},
}
