package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/cluster/guard"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Explain makes an [*Error] of an error of Client or Discovery where the cause
// is the connection, the credentials or a missing permission. Other errors, such
// as NotFound and Conflict, and a reconciliation that was cancelled, come back as they are.
// A cluster that is out of reach is left alone for a while. Of nil it makes nil, so that a call can be handed over whole.
func (c *Connection) Explain(err error) error {
	if err == nil {
		return nil
	}
	explained := c.explain(err)
	known, ok := errors.AsType[*Error](explained)
	if !ok || !known.Passing {
		return explained
	}
	_, costly := errors.AsType[*guard.TooMuchError](known)
	return c.attempts.failed(known, costly)
}

func (c *Connection) explain(err error) error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	// What a watch failed of is only text by now.
	if exceeded := c.account.Exceeded(); exceeded != nil {
		err = exceeded
	}
	var answer apierrors.APIStatus
	if errors.As(err, &answer) {
		return c.explainAnswer(answer.Status(), err)
	}
	if errors.Is(err, access.ErrReserved) {
		return c.inItsWords(access.Reserved, err)
	}
	if found := silence(err); found != nil {
		return c.told(access.Failure{Problem: found.problem, Said: found.what, Cause: err},
			v1alpha1.ReasonClusterUnreachable, "%s", strings.TrimSpace(fmt.Sprintf("API server %s %s. %s", c.Config.Host, found.what, found.advice)))
	}
	return shortened(err)
}

// longestError is how long an error may be that is none of the above: decoders quote
// what they can't decode.
const longestError = 1024

func shortened(err error) error {
	if text := err.Error(); len(text) > longestError {
		return fmt.Errorf("%s%w", message.Cut(text, longestError), &mute{err})
	}
	return err
}

// mute is a cause whose text is told already.
type mute struct{ cause error }

// Error implements error.
func (*mute) Error() string { return "" }

// Unwrap gives the cause.
func (m *mute) Unwrap() error { return m.cause }

func (c *Connection) explainAnswer(status metav1.Status, err error) error {
	switch {
	case status.Code == http.StatusUnauthorized:
		return c.inItsWords(access.Unauthorized, err)
	case status.Code == http.StatusForbidden:
		said := status.Message // cut and scrubbed by the transport
		return c.told(access.Failure{Problem: access.Forbidden, Said: said, Cause: err},
			v1alpha1.ReasonForbidden, "API server %s denies a permission that crossvpc needs: %s", c.Config.Host, said)
	case status.Code == http.StatusTooManyRequests || status.Code >= http.StatusInternalServerError:
		return access.Errorf(v1alpha1.ReasonClusterUnreachable, err,
			"API server %s answers with error %d %s.", c.Config.Host, status.Code, http.StatusText(int(status.Code)))
	default:
		return err
	}
}

// told explains a failure as the way to the cluster does, else in the words given.
func (c *Connection) told(failure access.Failure, reason, format string, args ...any) error {
	failure.Server = c.Config.Host
	if told := c.access.Explain(failure); told != nil {
		return told
	}
	return access.Errorf(reason, failure.Cause, format, args...)
}

// inItsWords explains a problem as the way to the cluster does.
func (c *Connection) inItsWords(problem access.Problem, err error) error {
	if told := c.access.Explain(access.Failure{Problem: problem, Server: c.Config.Host, Cause: err}); told != nil {
		return told
	}
	return err
}

// trouble is why no answer came: what the server does, and what to do about it.
type trouble struct {
	problem      access.Problem
	what, advice string
}

// silence finds out why no answer came, nil when the error is of another kind. The
// errors themselves are no messages: they hold local ports and change each time.
func silence(err error) *trouble {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if found := refusal(err); found != nil {
		return found
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &trouble{access.Silent, "does not answer in time", "Check the address, the security groups and the route to it."}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &trouble{access.Silent, "refuses connections", "Check the address, and that the API server runs."}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return &trouble{access.Silent, "cannot be reached from here: there is no route to it", ""}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &trouble{what: "closes connections before it answers"}
	case network != nil:
		return &trouble{what: "cannot be reached"}
	}
	return nil
}
