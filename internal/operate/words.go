package operate

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/regionpair/regionpair/internal/figure"
)

func joined(list []string) string { return strings.Join(list, ", ") }

// printable is a text that others wrote: it moves no cursor and colours nothing.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

func shortened(text string) string { return shortenedTo(51, text) }

// shortenedTo cuts a text that has more characters.
func shortenedTo(most int, text string) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-3]) + "..."
	}
	return text
}

// stamp is a time as operators note it down.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05Z") }

// age says how old something is.
func age(now, at time.Time) string {
	old := now.Sub(at)
	switch {
	case old < 2*time.Minute:
		return fmt.Sprintf("%.0f s ago", max(0, old.Seconds()))
	case old < 2*time.Hour:
		return fmt.Sprintf("%.0f min ago", old.Minutes())
	case old < 48*time.Hour:
		return fmt.Sprintf("%.0f h ago", old.Hours())
	}
	return fmt.Sprintf("%.0f days ago", old.Hours()/24)
}

// counted is a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return figure.Number(n) + " " + many
}

func keys(n int) string { return counted(n, "key", "keys") }

func stampOf(at *time.Time) string {
	if at == nil {
		return "an unknown day"
	}
	return at.UTC().Format("2006-01-02")
}
