package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/message"
)

// longestAnswer is as much of a server's own words as goes into a message.
const longestAnswer = 512

// Explain makes an [*Error] of an error of Client or Discovery where the cause
// is the connection, the credentials or a missing permission. Other errors, such
// as NotFound and Conflict, and a pass that was cancelled, come back as they are.
func (c *Connection) Explain(err error) error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	var answer apierrors.APIStatus
	if errors.As(err, &answer) {
		return c.explainAnswer(answer.Status(), err)
	}
	if errors.Is(err, access.ErrReserved) {
		return c.inItsWords(access.Reserved, err)
	}
	if cause := silence(err); cause != "" {
		return access.Errorf(v1alpha1.ReasonClusterUnreachable, err, "API server %s %s", c.Config.Host, cause)
	}
	return err
}

func (c *Connection) explainAnswer(status metav1.Status, err error) error {
	switch {
	case status.Code == http.StatusUnauthorized:
		return c.inItsWords(access.Unauthorized, err)
	case status.Code == http.StatusForbidden:
		return access.Errorf(v1alpha1.ReasonForbidden, err,
			"API server %s denies a permission that is needed: %s", c.Config.Host, c.quote(status.Message))
	case status.Code == http.StatusTooManyRequests || status.Code >= http.StatusInternalServerError:
		return access.Errorf(v1alpha1.ReasonClusterUnreachable, err,
			"API server %s answers with error %d %s", c.Config.Host, status.Code, http.StatusText(int(status.Code)))
	default:
		return err
	}
}

// inItsWords explains a problem as the way to the cluster does.
func (c *Connection) inItsWords(problem access.Problem, err error) error {
	if told := c.access.Explain(access.Failure{Problem: problem, Server: c.Config.Host, Cause: err}); told != nil {
		return told
	}
	return err
}

// quote is what a server said, cut, on one line, and without credentials.
func (c *Connection) quote(answer string) string {
	answer = c.access.Redact(answer)
	return message.Cut(strings.Join(strings.Fields(answer), " "), longestAnswer)
}

// silence says why no answer came, "" when the error is of another kind. The
// errors themselves are no messages: they hold local ports and change each time.
func silence(err error) string {
	if errors.Is(err, context.Canceled) {
		return ""
	}
	if cause := refusal(err); cause != "" {
		return cause
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "does not answer in time; check the address, security groups and the route to it"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refuses connections; check the address and that it runs"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "can't be reached from here: there is no route to it"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "breaks off connections"
	case network != nil:
		return "can't be reached"
	}
	return ""
}

// refusal is about names, certificates and our own rules.
func refusal(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "can't be reached: its name does not resolve"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "shows a certificate that does not verify: certificate-authority-data must hold the CA that signed it, and the certificate must be valid and name the host"
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return "refuses the TLS connection: the client certificate must be one that it accepts"
	}
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case noTLS, errors.Is(err, http.ErrSchemeMismatch):
		return "does not speak TLS at that port"
	case errors.Is(err, errRedirect):
		return "answers with a redirect, which is not followed; server must be the address of the API server itself"
	}
	return ""
}
