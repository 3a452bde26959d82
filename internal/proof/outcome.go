package proof

import (
	"fmt"
	"slices"
	"time"
)

// Outcome is what of the claims is proven now.
type Outcome struct {
	// Contradictions are sentences, in the order of the CiliumNodes.
	Contradictions []string
	// Open counts the interfaces of which EC2 has yet to say something.
	Open int
	// AskIn is when EC2 is to be asked next.
	AskIn time.Duration

	proven, refuted, untagged map[string]bool
}

// Judge says what is proven by everything that EC2 said until now. An interface that was not asked for counts with
// those of the same subnet and groups: it adds nothing to them.
func (l *Ledger) Judge(claims []InterfaceClaim, now time.Time) Outcome {
	out := Outcome{AskIn: ConfirmedFor, proven: map[string]bool{}, refuted: map[string]bool{}, untagged: map[string]bool{}}
	for _, claim := range inOrder(claims) {
		refused, isRefuted := l.refuted[claim.key()]
		at, isConfirmed := l.confirmed[claim.pair()]
		missing, isUnseen := l.unseen[claim.ID]
		switch {
		case isRefuted:
			out.refuted[claim.key()], out.untagged[claim.key()] = true, refused.untagged
			out.Contradictions = append(out.Contradictions, refused.message)
			out.askAt(refused.at.Add(refutedFor), now)
		case isConfirmed:
			out.proven[claim.key()] = true
			out.askAt(at.Add(ConfirmedFor), now)
		case isUnseen && missing.last.Sub(missing.first) >= lagFor:
			out.Contradictions = append(out.Contradictions, fmt.Sprintf("CiliumNode %s reports interface %s, which EC2 does not show.", claim.Node, claim.ID))
			out.askAt(missing.last.Add(unseenFor), now)
		default:
			out.Open++
			out.askAt(missing.last.Add(unseenFor), now)
		}
	}
	return out
}

func (o *Outcome) askAt(at, now time.Time) { o.AskIn = min(o.AskIn, max(at.Sub(now), 0)) }

// Proves reports whether a claim holds.
func (o Outcome) Proves(claim InterfaceClaim) bool { return o.proven[claim.key()] }

// OnlyLies reports whether some claims are of what is asked for, and EC2 contradicts all of them. One of which EC2 has yet
// to say something may be true.
func (o Outcome) OnlyLies(claims []InterfaceClaim, of func(Interface) bool) bool {
	lies := 0
	for _, claim := range claims {
		switch {
		case !of(claim.Interface):
		case !o.refuted[claim.key()]:
			return false
		default:
			lies++
		}
	}
	return lies > 0
}

// Untagged reports whether some claim of what is asked for lacks nothing but a tag.
func (o Outcome) Untagged(claims []InterfaceClaim, of func(Interface) bool) bool {
	return slices.ContainsFunc(claims, func(claim InterfaceClaim) bool { return of(claim.Interface) && o.untagged[claim.key()] })
}

// Any reports whether anything is proven. Without it nothing is known to be gone (A11).
func (o Outcome) Any() bool { return len(o.proven) > 0 }

// Lapsed reports whether something that is no longer proven is to be forgotten: at once where only lies speak for it,
// else once no proven interface had it for an hour. A group of nodes at zero is no reason to forget it before (A11).
func (l *Ledger) Lapsed(what string, proven, lie bool, now time.Time) bool {
	if proven {
		delete(l.lapsed, what)
		return false
	}
	since, known := l.lapsed[what]
	if !known {
		set(&l.lapsed, what, now)
		since = now
	}
	if lie || now.Sub(since) >= ConfirmedFor {
		delete(l.lapsed, what)
		return true
	}
	return false
}
