package awsidentity

import (
	"context"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
)

// question is what STS is asked about, and what makes somebody ask: an answer to another one counts no more.
type question struct {
	uid         types.UID
	generation  int64
	annotations map[string]string
	identity    aws.Identity
}

func (q question) is(other question) bool {
	return q.uid == other.uid && q.generation == other.generation && q.identity == other.identity && maps.Equal(q.annotations, other.annotations)
}

// answer is what STS said.
type answer struct {
	question question
	at       time.Time
	account  string
	// failed says why there is no account; nil: there is one.
	failed *finding
	// until is when STS is asked again.
	until time.Time
}

// ask asks STS, unless it answered and the recheck is not due yet: an identity is also looked at when a user of it comes or goes,
// and that changes nothing about its credentials.
func (r *Reconciler) ask(ctx context.Context, object *v1alpha1.AWSIdentity, identity aws.Identity) answer {
	about := question{uid: object.UID, generation: object.Generation, annotations: maps.Clone(object.Annotations), identity: identity}
	now := r.Clock.Now()
	if last := r.lastAnswer(object.Name); last.question.is(about) && now.Before(last.until) && !last.movesPin(object) {
		return last
	}
	said := answer{question: about, at: now}
	account, _, err := r.Cloud.Caller(ctx, identity)
	if err != nil {
		found := r.explain(ctx, object, identity, err)
		said.failed = &found
		return said
	}
	r.answered(object.Name)
	said.account = account
	return said
}

// movesPin reports whether STS named another account than the pinned one. Such an answer is not reused from memory: somebody may
// have corrected the operator's credentials since.
func (a answer) movesPin(object *v1alpha1.AWSIdentity) bool {
	pinned := string(object.Status.AccountID)
	return a.account != "" && pinned != "" && a.account != pinned
}

func (r *Reconciler) lastAnswer(name string) answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answers[name]
}

// remember keeps an answer until the recheck that is due after it, and says how long that is from now: a look in between does not
// put it off.
func (r *Reconciler) remember(name string, said answer, recheck time.Duration) (due time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answers == nil {
		r.answers = map[string]answer{}
	}
	said.until = said.at.Add(recheck)
	r.answers[name] = said
	return max(said.until.Sub(r.Clock.Now()), time.Second)
}
