console.log('q-anchor');
