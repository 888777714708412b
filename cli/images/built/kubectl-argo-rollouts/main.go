// Command kubectl-argo-rollouts is kubectl's plugin with the dashboard's pages that its Go module lacks. npm start builds the
// pages, and adds them to this folder by an overlay of go build.
package main

import (
	"embed"
	"flag"
	"os"
	_ "unsafe"

	"github.com/sirupsen/logrus"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/klog/v2"

	"github.com/argoproj/argo-rollouts/pkg/kubectl-argo-rollouts/cmd"
	"github.com/argoproj/argo-rollouts/pkg/kubectl-argo-rollouts/options"
	"github.com/argoproj/argo-rollouts/utils/log"
)

//go:embed all:static
var pages embed.FS

// The dashboard's server reads its pages from this variable, and exports no function that sets it.
//
//go:linkname served github.com/argoproj/argo-rollouts/server.static
var served embed.FS

func main() {
	served = pages
	klog.InitFlags(nil)
	// Without this flag klog ignores the threshold, and writes everything to stderr.
	_ = flag.Set("legacy_stderr_threshold_behavior", "false")
	_ = flag.Set("stderrthreshold", "INFO")
	log.SetKLogLogger(logrus.New())
	streams := genericclioptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	if err := cmd.NewCmdArgoRollouts(options.NewArgoRolloutsOptions(streams)).Execute(); err != nil {
		os.Exit(1)
	}
}
