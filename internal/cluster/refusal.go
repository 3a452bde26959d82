package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"

	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/cluster/guard"
)

// refusal is about names, certificates and our own rules.
func refusal(err error) *trouble {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return &trouble{what: "cannot be reached: its name does not resolve"}
	}
	if found := unverified(err); found != nil {
		return found
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return &trouble{what: "refuses the TLS connection", advice: "The client certificate must be one that it accepts."}
	}
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case noTLS, errors.Is(err, http.ErrSchemeMismatch):
		return &trouble{what: "does not speak TLS at that port"}
	case errors.Is(err, guard.ErrRedirected):
		return &trouble{what: "answers with a redirect, which crossvpc does not follow", advice: "Set server in the kubeconfig to the address of the API server itself."}
	}
	return unusualAnswer(err)
}

// unverified tells apart why a certificate does not verify: each has another remedy. EKS lets people
// rotate the certificate authority of a cluster since August 2026.
func unverified(err error) *trouble {
	failed, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok {
		return nil
	}
	if _, unnamed := errors.AsType[x509.HostnameError](failed); unnamed {
		return &trouble{access.Unverified, "shows a certificate for another name", "server must be an address that the certificate names; else set tls-server-name."}
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](failed); ok && invalid.Reason == x509.Expired {
		return &trouble{access.Unverified, "shows a certificate that is not valid now", "Renew it, or correct the clock of the operator's node."}
	}
	return &trouble{
		access.Unverified, "shows a certificate of another certificate authority",
		"If the cluster's certificate authority was changed, write it into the kubeconfig: certificate-authority-data must hold the CA that signed it. " +
			"If it was not, something between crossvpc and the cluster intercepts TLS.",
	}
}

// unusualAnswer is about answers that are refused before anybody reads them.
func unusualAnswer(err error) *trouble {
	if large, ok := errors.AsType[*guard.TooMuchError](err); ok {
		return &trouble{
			what: "answers with " + large.What + ", and its watches are stopped",
			advice: "Remove what is that large or that many from the cluster. If all of it is needed, raise --cluster-max-answer and --cluster-max-kept " +
				"of the manager, and its memory limit with them.",
		}
	}
	if unfit, ok := errors.AsType[*guard.UnfitError](err); ok {
		return &trouble{what: "answers with " + unfit.What, advice: "The address must be that of a Kubernetes API server, without anything in between that answers for it."}
	}
	return nil
}
