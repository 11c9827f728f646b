#!/bin/sh
exec bench-reader
